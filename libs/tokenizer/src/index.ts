export * from './token-counter.ts';
