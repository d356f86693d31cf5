import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger } from '#telemetry';
import { newServerFolder } from '../../../../test/servers/server-process.ts';
import { startRedis, type TestRedis } from '../../../../test/servers/start-redis.ts';
import { openLimits } from './open-limits.ts';

const folder = newServerFolder('open-limits');
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('says why Redis refuses, and never the password', async () => {
  const lines: string[] = [];
  const refused = Promise.withResolvers<void>();
  const write = (line: string) => {
    lines.push(line);
    if (line.includes('WRONGPASS')) refused.resolve();
  };
  const counting = { keyPrefix: 'rw:', commandTimeoutMs: 250, breakerFailures: 5, strictAfterMs: 300_000 };
  const { limiter } = openLimits(
    {
      redis: {
        ...counting,
        breakerProbeMs: 100,
        urls: [redis.url],
        isCluster: false,
        username: 'nobody',
        password: 'hunter2',
        ca: null,
      },
      limits: { leaseMs: 30_000, heartbeatMs: 10_000, meterTokens: 256, meterMs: 1_000 },
      auth: { snapshotFile: join(folder, 'keys.json') },
    },
    null,
    createLogger({ level: 'info', destination: { write } }).logger,
  );
  await refused.promise;
  await limiter.close();
  expect(lines.join()).not.toContain('hunter2');
  // Not one line for each of the many tries.
  expect(new Set(lines.map((line) => JSON.parse(line).err.message)).size).toBe(lines.length);
});
