import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLogger } from '#telemetry';
import { eventually } from '../../../../test/e2e/harness/eventually.ts';
import { askRedis } from '../../../../test/servers/ask-redis.ts';
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

it('says nothing of a Redis that answers from the start', async () => {
  const { lines, limiter } = open({ username: null, password: null, breakerProbeMs: 60_000 }, () => {});
  // It has told Redis that it is there: the connection is made.
  await eventually('it is counted', async () => (await askRedis(redis.port, 'ZCARD rw:replicas')) === '1');
  await limiter.close();
  expect(lines).toEqual([]);
});

it('says why Redis refuses, and never the password', async () => {
  const refused = Promise.withResolvers<void>();
  const { lines, limiter } = open(
    { username: 'nobody', password: 'hunter2', breakerProbeMs: 100 },
    (line) => {
      if (line.includes('WRONGPASS')) refused.resolve();
    },
  );
  await refused.promise;
  await limiter.close();
  expect(lines.join()).not.toContain('hunter2');
  // Not one line for each of the many tries.
  expect(new Set(lines.map((line) => JSON.parse(line).err.message)).size).toBe(lines.length);
});

function open(
  terms: {
    readonly username: string | null;
    readonly password: string | null;
    readonly breakerProbeMs: number;
  },
  onLine: (line: string) => void,
) {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  const counting = { keyPrefix: 'rw:', commandTimeoutMs: 5_000, breakerFailures: 5, strictAfterMs: 300_000 };
  const { limiter } = openLimits(
    {
      redis: { ...counting, ...terms, urls: [redis.url], isCluster: false, ca: null },
      limits: { leaseMs: 30_000, heartbeatMs: 10_000, meterTokens: 256, meterMs: 1_000 },
      auth: { snapshotFile: join(folder, 'keys.json') },
    },
    null,
    createLogger({ level: 'info', destination: { write } }).logger,
  );
  return { lines, limiter };
}
