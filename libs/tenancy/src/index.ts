export * from './identify.ts';
export * from './key-digest.ts';
export * from './key-ring.ts';
export * from './key-token.ts';
