export * from './create-token-counter.ts';
export * from './token-counter.ts';
