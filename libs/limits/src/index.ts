export * from './charges-for.ts';
export * from './limiter.ts';
export * from './limits.ts';
export * from './memory-rate-limiter.ts';
export * from './rate-limiter.ts';
