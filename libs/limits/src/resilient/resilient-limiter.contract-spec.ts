import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { limiterContract } from '../limiter.contract.ts';
import { openTestLimiter } from './open-test-limiter.contract.ts';

limiterContract('ResilientLimiter with Redis there', async (clock, truth) => {
  const limiter = await openTestLimiter({
    urls: [await testRedisUrl()],
    truth,
    keyPrefix: `${uniquePrefix()}:`,
    now: () => ({ us: clock.nowUs, wallMs: clock.wallMs }),
  });
  return { limiter, dispose: () => limiter.close() };
});
