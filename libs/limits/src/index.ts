export * from './budget-seeds.ts';
export * from './calendar-period.ts';
export * from './charges-for.ts';
export * from './limiter.ts';
export * from './limits.ts';
export * from './memory-limiter.ts';
export * from './memory-rate-limiter.ts';
export * from './rate-limiter.ts';
