// `npm run up -- --exit` as a newcomer's script runs it: what it prints, and what its exit code says.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { freePort } from '../servers/free-port.ts';
import { build } from './harness/gateway-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'standalone', 'src', 'main.js');
/** Its three requests take some 25 s by themselves. */
const RUN_MS = 110_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let folder: string;
beforeAll(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'ropeway-quickstart-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Runs it to its end, in a state folder of its own. A port that is not named is a free one. */
async function up(ports: { readonly server?: number } = {}): Promise<Ended> {
  const state = mkdtempSync(join(folder, 'state-'));
  const child: ChildProcess = spawn(
    process.execPath,
    [...GATEWAY_FLAGS, MAIN, '--exit', '--json', '--state', state],
    {
      env: {
        PATH: process.env.PATH,
        ROPEWAY_SERVER_PORT: `${ports.server ?? (await freePort())}`,
        ROPEWAY_SERVER_LEAVE_MS: '0',
        ROPEWAY_OPS_PORT: `${await freePort()}`,
        ROPEWAY_CONTROL_PORT: `${await freePort()}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_MS,
      killSignal: 'SIGKILL',
    },
  );
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError('no pipes');
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return { code, out, err };
}

it(
  'ends with 0 once its three requests went to the three pools, and shows limits and usage',
  async () => {
    const { code, out } = await up();
    const { requests, problems, tenant } = JSON.parse(out);
    expect([code, problems]).toEqual([0, []]);
    expect(requests).toEqual([
      expect.objectContaining({ pool: 'default', reason: 'smallest-rope', finishReason: 'stop' }),
      expect.objectContaining({ pool: 'yarn-2', reason: 'output-budget', finishReason: 'stop' }),
      expect.objectContaining({ pool: 'yarn-4', reason: 'smallest-rope', finishReason: 'stop' }),
    ]);
    expect(tenant.limits).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'requests', limit: expect.any(Number) })]),
    );
    for (const { limit, remaining } of tenant.limits) expect(remaining).toBeLessThanOrEqual(limit);
    expect(tenant.usage).toHaveLength(requests.length);
    expect(tenant.usage).toEqual(
      expect.arrayContaining(
        requests.map((one: { pool: string; countedByWorker: number; completionTokens: number }) =>
          expect.objectContaining({
            pool: one.pool,
            requests: 1,
            prompt_tokens: one.countedByWorker,
            completion_tokens: one.completionTokens,
          }),
        ),
      ),
    );
  },
  RUN_MS,
);

it(
  'ends with 1 where its port is in use, and says in one line what to change',
  async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new TypeError('no port');
    try {
      const { code, out, err } = await up({ server: address.port });
      expect([code, out]).toEqual([1, '']);
      const lines = err.split('\n').filter((line) => line.startsWith('ropeway: '));
      expect(lines).toEqual([
        expect.stringMatching(`^ropeway: port ${address.port} on .* in use: .*ROPEWAY_SERVER_PORT`),
      ]);
      expect(err).not.toMatch(/^\s+at /m);
    } finally {
      taken.close();
    }
  },
  RUN_MS,
);
