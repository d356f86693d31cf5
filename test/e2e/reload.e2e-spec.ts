// The gateway as a process: its file may change under it, signals are obeyed, and whatever is wrong is said in one go.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { CHAT, chat } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { build, GatewayProcess } from './harness/gateway-process.ts';
import { type MadeKey, makeKey } from './harness/keys.ts';
import { framesOf } from './harness/read-stream.ts';

let sims: readonly VllmSim[] = [];
let process: GatewayProcess | null = null;
beforeAll(async () => {
  build();
  sims = await Promise.all([1_024, 2_048].map((windowTokens) => startVllmSim({ windowTokens })));
});
afterAll(async () => {
  await Promise.all(sims.map((sim) => sim.close()));
});
afterEach(async () => {
  await process?.close();
  process = null;
});

const OLD = makeKey();
const NEW = makeKey();
const PORT = { host: '127.0.0.1', port: 0 };

function settings(keys: readonly MadeKey[], pools = 1): Readonly<Record<string, unknown>> {
  return {
    server: PORT,
    ops: PORT,
    tokenizer: { threads: 0 },
    auth: { failedPerMinute: 100_000 },
    workers: { compareCounts: false, scrapeIntervalMs: 100 },
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B', assumedOutputTokens: 256 }],
    pools: sims.slice(0, pools).map(({ url, settings: { windowTokens } }, nth) => ({
      name: nth === 0 ? 'default' : 'yarn-2',
      model: 'qwq-32b',
      rope: nth === 0 ? { type: 'default' } : { type: 'yarn', factor: 2 },
      windowTokens,
      workers: [url],
    })),
    keys: keys.map(({ declaration }) => declaration),
  };
}

function start(configuration: unknown): GatewayProcess {
  process = new GatewayProcess(configuration);
  return process;
}

const bearer = ({ text }: MadeKey) => ({ authorization: `Bearer ${text}` });
const models = async (url: string, key: MadeKey) => fetch(`${url}/v1/models`, { headers: bearer(key) });
const statusFor = async (url: string, key: MadeKey) => (await models(url, key)).status;

describe('a changed file', () => {
  it('adds and removes keys without a restart', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    expect(await statusFor(url, OLD)).toBe(200);
    expect(await statusFor(url, NEW)).toBe(401);
    gateway.rewrite(settings([NEW]));
    await eventually('the new key works', async () => (await statusFor(url, NEW)) === 200);
    expect(await statusFor(url, OLD)).toBe(401);
  });

  it('adds a pool, which takes what fits it', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    gateway.rewrite(settings([OLD], 2));
    await eventually('the pool is ready', async () =>
      (await (await models(url, OLD)).text()).includes(
        '"name":"yarn-2","rope":"yarn-2","window":2048,"ready_workers":1',
      ),
    );
    const answer = await fetch(`${url}${CHAT}`, {
      method: 'POST',
      headers: { ...bearer(OLD), 'content-type': 'application/json' },
      body: JSON.stringify(chat(' word'.repeat(1_200))),
    });
    expect(answer.headers.get('x-ropeway-pool')).toBe('yarn-2');
    await answer.text();
  });

  it('follows a tenant step by step, and no longer, without a restart', async () => {
    const quiet = { ...settings([OLD]), log: { level: 'error' } };
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    const answer = async () => {
      const headers = { ...bearer(OLD), 'content-type': 'application/json' };
      const response = await fetch(`${url}${CHAT}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(chat('Hi', { max_tokens: 2 })),
      });
      await response.text();
    };
    await answer();
    const { tenant } = OLD.declaration;
    gateway.rewrite({ ...quiet, log: { level: 'error', follow: { tenants: [tenant] } } });
    await eventually('its steps are told', async () => {
      await answer();
      return gateway.logged('step').length > 0;
    });
    const steps = gateway.logged('step');
    expect(steps.some((line) => JSON.stringify(line).includes('"step":"route"'))).toBe(true);
    gateway.rewrite(quiet);
    await eventually('nothing is told any more', async () => {
      const before = gateway.logged('step').length;
      await answer();
      await answer();
      return gateway.logged('step').length === before;
    });
  });

  it('is refused whole when anything in it is wrong, and the old one stays', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    gateway.rewrite({ ...settings([NEW]), pools: [{ name: 'Bad Name' }] });
    await eventually('it is refused', () => gateway.logged('the old one stays').length > 0);
    expect(gateway.logged('the old one stays')[0]?.problems?.join('\n')).toContain('pools[0].name');
    expect(await statusFor(url, OLD)).toBe(200);
    expect(await statusFor(url, NEW)).toBe(401);
  });
});

describe('SIGHUP', () => {
  it('reads the file again, changed or not', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    gateway.signal('SIGHUP');
    await eventually('it says so', () => gateway.logged('configuration reloaded').length === 1);
    expect(await statusFor(url, OLD)).toBe(200);
  });

  it('takes over what changed, the level of the log before it says so', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    gateway.rewrite({ ...settings([NEW]), log: { level: 'error' } });
    gateway.signal('SIGHUP');
    await eventually('the new key works', async () => (await statusFor(url, NEW)) === 200);
    expect(gateway.logged('configuration reloaded')).toEqual([]);
  });

  it('of a bad file changes nothing, and says what is wrong with it', async () => {
    const gateway = start(settings([OLD]));
    const { url } = await gateway.listening();
    gateway.rewrite('models: [');
    gateway.signal('SIGHUP');
    await eventually('it is refused', () => gateway.logged('the old one stays').length > 0);
    expect(await statusFor(url, OLD)).toBe(200);
  });
});

describe('the log level', () => {
  const atLevel = (level: 'info' | 'error') => ({ ...settings([OLD]), log: { level } });

  async function startedAtInfo() {
    const gateway = start(atLevel('info'));
    const { url, ops } = await gateway.listening();
    await eventually('it is ready', async () => (await fetch(`${ops}/readyz`)).status === 200);
    const ask = async (id: string) => {
      const headers = { ...bearer(OLD), 'content-type': 'application/json', 'x-request-id': id };
      const body = JSON.stringify(chat('Hi', { max_tokens: 1 }));
      expect((await fetch(`${url}${CHAT}`, { method: 'POST', headers, body })).status).toBe(200);
    };
    const reloaded = (result: 'applied' | 'refused', times: number) =>
      eventually(`${result} ${times} times`, async () =>
        (await (await fetch(`${ops}/metrics`)).text()).includes(
          `ropeway_config_reloads_total{result="${result}"} ${times}\n`,
        ),
      );
    const isLogged = (id: string) => eventually(`${id} is logged`, () => gateway.logged(id).length > 0);
    return { gateway, ask, reloaded, isLogged };
  }

  it('changes with the file, without a restart', async () => {
    const { gateway, ask, reloaded, isLogged } = await startedAtInfo();
    await ask('first');
    await isLogged('first');
    gateway.rewrite(atLevel('error'));
    await reloaded('applied', 1);
    await ask('second');
    gateway.rewrite(atLevel('info'));
    await reloaded('applied', 2);
    await ask('third');
    // Lines come in the order of the requests.
    await isLogged('third');
    expect(gateway.logged('second')).toEqual([]);
  });

  it('stays as it was while the file is bad', async () => {
    const { gateway, ask, reloaded, isLogged } = await startedAtInfo();
    gateway.rewrite(atLevel('error'));
    await reloaded('applied', 1);
    gateway.rewrite({ ...atLevel('info'), pools: [{ name: 'Bad Name' }] });
    await reloaded('refused', 1);
    await ask('second');
    gateway.rewrite(atLevel('info'));
    await reloaded('applied', 2);
    await ask('third');
    await isLogged('third');
    expect(gateway.logged('second')).toEqual([]);
  });
});

it('SIGTERM lets a running stream finish, refuses what is new, and exits with 0', async () => {
  const gateway = start(settings([OLD]));
  const { url, ops } = await gateway.listening();
  await eventually('it is ready', async () => (await fetch(`${ops}/readyz`)).status === 200);
  const [sim] = sims;
  const before = sim?.seen.to(CHAT).length ?? 0;
  sim?.inflict({ kind: 'freeze' });
  const running = fetch(`${url}${CHAT}`, {
    method: 'POST',
    headers: { ...bearer(OLD), 'content-type': 'application/json' },
    body: JSON.stringify(chat('Hi', { stream: true })),
  });
  await eventually('it runs', () => sim?.seen.to(CHAT).length === before + 1);
  gateway.signal('SIGTERM');
  await eventually('it drains', async () => (await fetch(`${ops}/readyz`)).status === 503);
  // Clients are sent elsewhere first, for `server.leaveMs`.
  await eventually('what is new is refused', async () => (await statusFor(url, OLD)) === 503);
  sim?.heal();
  expect((await framesOf(await running)).at(-1)).toBe('data: [DONE]');
  expect(await within('it exits', gateway.exit)).toBe(0);
});

it('a port in use is one clear line and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const gateway = start({ ...settings([OLD]), server: { host: '127.0.0.1', port } });
  expect(await within('it exits', gateway.exit, 30_000)).toBe(1);
  expect(gateway.stderr.trim()).toMatch(
    /^ropeway: port \d+ on 127\.0\.0\.1 is in use: [^\n]*ROPEWAY_SERVER_PORT[^\n]*$/,
  );
  other.close();
});

it('a bad configuration is refused with all its problems and exit code 1', async () => {
  const bad = {
    ...settings([OLD]),
    models: [{ id: 'qwq-32b', profil: 'qwq' }],
    server: { port: 70_000 },
    keyz: [],
  };
  const gateway = start(bad);
  expect(await within('it exits', gateway.exit, 30_000)).toBe(1);
  expect(gateway.stderr).toContain('models[0].profil');
  expect(gateway.stderr).toContain('server.port');
  expect(gateway.stderr).toContain('keyz');
  expect(gateway.stderr).not.toContain('    at ');
});
