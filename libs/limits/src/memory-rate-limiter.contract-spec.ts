import { MemoryRateLimiter } from './memory-rate-limiter.ts';
import { rateLimiterContract } from './rate-limiter.contract.ts';

rateLimiterContract('MemoryRateLimiter', (clock) => new MemoryRateLimiter({ nowUs: () => clock.nowUs }));
