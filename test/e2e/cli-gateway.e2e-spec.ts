// The command line against a real gateway and its workers: what it says of a route is where the request then goes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ran } from '../../apps/cli/src/testing/test-terminal.ts';
import { ask, CHAT } from './harness/ask.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-cli-'));
let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest();
});
afterAll(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true, force: true });
});

const explain = (...args: string[]) =>
  ran(['route', 'explain', ...args], {
    env: { ROPEWAY_URL: fleet.url, ROPEWAY_API_KEY: fleet.key },
    input: 'word '.repeat(1_200),
  });

describe('ropeway route explain', () => {
  it('shows the pool, why, and what is wrong with the others', async () => {
    const { code, out } = await explain('--prompt', 'Hello');
    expect(code).toBe(0);
    expect(out).toMatch(/^pool +default \(default, window 1,024\)$/m);
    expect(out).toMatch(/^default +default +1,024 +[\d,]+ +chosen$/m);
    expect(out).toMatch(/^yarn-4 +yarn-4 +4,096 +[\d,]+ +It fits, but its RoPE factor is/m);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('reads a long prompt from standard input, and says by how much it does not fit', async () => {
    const { code, out } = await explain('--prompt', '-', '--max-tokens', '100');
    expect(code).toBe(0);
    expect(out).toMatch(/^default +.*Too short by \d+ tokens:/m);
    expect(out).toMatch(/^yarn-2 +.*chosen$/m);
  });

  it('sends the request itself where it said', async () => {
    const body = { model: 'qwq-32b', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1_500 };
    const file = join(folder, 'body.json');
    writeFileSync(file, JSON.stringify(body));
    const { out } = await explain('--file', file, '--json');
    const answer = await ask(fleet, CHAT, body);
    expect(JSON.parse(out).choice.pool).toBe('yarn-2');
    expect(answer.headers.get('x-ropeway-pool')).toBe('yarn-2');
  });

  it('ends with 0 for a request that would be refused, and says why it would', async () => {
    const { code, out } = await explain('--prompt', 'Hello', '--max-tokens', '100000');
    expect([code, out]).toEqual([0, expect.stringMatching(/^refused +context_length_exceeded: /m)]);
  });

  it('says of a wrong key what to do', async () => {
    const env = { ROPEWAY_URL: `${fleet.url}/v1`, ROPEWAY_API_KEY: 'rw_live_wrong' };
    const { code, err } = await ran(['route', 'explain', '--prompt', 'x', '--model', 'qwq-32b'], { env });
    expect([code, err]).toEqual([1, expect.stringMatching(/\(invalid_api_key\)\nCheck the key/)]);
  });
});

describe('ropeway doctor', () => {
  it('finds workers that count as we do', async () => {
    const file = join(folder, 'ropeway.yaml');
    const pools = ['default', 'yarn-2', 'yarn-4'].map((name, at) => ({
      name,
      model: 'qwq-32b',
      rope: at === 0 ? { type: 'default' } : { type: 'yarn', factor: at * 2 },
      windowTokens: 1_024 * 2 ** at,
      workers: fleet.sims(name).map(({ url }) => url),
    }));
    const models = [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }];
    writeFileSync(file, JSON.stringify({ models, pools, keys: [] }));
    const { out } = await ran(['doctor', '--config', file, '--json']);
    const found = JSON.parse(out).findings as readonly { check: string; state: string; what: string }[];
    const workers = found.filter(({ check }) => check.startsWith('worker'));
    expect(workers.filter(({ what }) => what.endsWith('counts as we do'))).toHaveLength(4);
    expect(workers.filter(({ state }) => state === 'fail')).toEqual([]);
  });
});
