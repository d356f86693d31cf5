import { limiterContract } from './limiter.contract.ts';
import { MemoryLimiter } from './memory-limiter.ts';

limiterContract('MemoryLimiter', (clock, truth) => ({
  limiter: new MemoryLimiter({ truth, nowUs: () => clock.nowUs, wallMs: () => clock.wallMs }),
  dispose: async () => {},
}));
