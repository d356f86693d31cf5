export * from './model-profile.ts';
export * from './profile-named.ts';
