export * from './counted-probes.ts';
export * from './create-token-counter.ts';
export * from './token-counter.ts';
