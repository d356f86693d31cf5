// The scaler as operators run it: the built program, the gateways' configuration file, a signal and a log.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { eventually, within } from '../../../test/e2e/harness/eventually.ts';
import { aClient, aGateway, closeAll } from './scaler-under-test.ts';

const MAIN = 'dist/apps/scaler/src/main.js';
const YARN = { pool: 'yarn-4' };
const folder = mkdtempSync(join(tmpdir(), 'ropeway-scaler-'));
const file = join(folder, 'ropeway.yaml');
const children: ChildProcess[] = [];

beforeAll(() => {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { encoding: 'utf8' });
  expect([built.status, built.stderr]).toEqual([0, expect.any(String)]);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await closeAll();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a gateway has it: with a database and keys of workers, whose secrets the scaler neither has nor misses. */
function configured(scaler: object, poolNames: readonly string[] = ['yarn-4']): void {
  const pools = poolNames.map((name, at) => ({
    name,
    model: 'm',
    rope: { type: 'default' },
    windowTokens: 4_096,
    workers: [`http://127.0.0.1:${at + 1}`],
    apiKeyFile: '/nowhere/worker-key',
  }));
  const models = [{ id: 'm', profile: 'qwq' }];
  const ops = { host: '127.0.0.1', port: 0 };
  const config = { models, pools, ops, scaler: { host: '127.0.0.1', port: 0, ...scaler } };
  writeFileSync(file, JSON.stringify({ ...config, database: { urlFile: '/nowhere/database-url' } }));
}

function started(env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { NODE_OPTIONS: _flags, ...own } = process.env;
  const child = spawn(process.execPath, [MAIN, '--config', file], {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

interface Listening {
  readonly grpc: string;
  readonly ops: string;
}

/** Once it listens; its log is read on, so that it never waits for us. */
async function listening(child: ChildProcess): Promise<Listening> {
  if (child.stdout === null) throw new Error('it has no output');
  const lines = createInterface({ input: child.stdout });
  const found = new Promise<Listening>((resolve, reject) => {
    lines.on('line', (line) => {
      const record = JSON.parse(line);
      if (record.msg === 'listening') resolve(record);
    });
    lines.on('close', () => reject(new Error('it ended without listening')));
  });
  return within('it listens', found, 30_000);
}

const portOf = ({ grpc }: Listening) => Number(grpc.split(':').at(-1));

it('answers for its gateways, and on SIGTERM ends streams with OK and itself with 0', async () => {
  const gateway = await aGateway();
  gateway.states({ 'yarn-4': { parked: 2, parked_tokens: 90_040 } });
  configured({ gateways: { urls: [gateway.url] } });
  const child = started();
  const keda = aClient(portOf(await listening(child)));
  const stream = keda.stream(YARN);
  await eventually('the push', () => stream.said.includes(true));
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(90_040);
  child.kill('SIGTERM');
  const [code] = await within('it ends', once(child, 'exit'));
  expect([code, await stream.ended]).toEqual([0, 'OK']);
});

it('is ready for the kubelet once every gateway has answered, and shows its metrics', async () => {
  const gateway = await aGateway();
  configured({ gateways: { urls: [gateway.url] } });
  const child = started();
  const { ops } = await listening(child);
  await eventually('it is ready', async () => (await fetch(`${ops}/readyz`)).status === 200);
  expect((await fetch(`${ops}/livez`)).status).toBe(200);
  expect((await fetch(`${ops}/metrics`)).headers.get('content-type')).toMatch(/^text\/plain/);
  child.kill('SIGTERM');
  await within('it ends', once(child, 'exit'));
});

it('takes over pools of a changed configuration, as the gateways do', async () => {
  const gateway = await aGateway();
  configured({ gateways: { urls: [gateway.url] } });
  const child = started();
  const keda = aClient(portOf(await listening(child)));
  await eventually('it answers', async () => (await keda.isActive(YARN).catch(() => null)) === false);
  expect(await keda.refusal(keda.isActive({ pool: 'yarn-2' }))).toEqual(['NOT_FOUND', expect.any(String)]);
  configured({ gateways: { urls: [gateway.url] } }, ['yarn-4', 'yarn-2']);
  child.kill('SIGHUP');
  await eventually('the new pool is known', async () => {
    return (await keda.isActive({ pool: 'yarn-2' }).catch(() => null)) === false;
  });
});

it('goes on with its pools when a changed configuration is bad, and shows that it does', async () => {
  const gateway = await aGateway();
  configured({ gateways: { urls: [gateway.url] } });
  const child = started();
  const where = await listening(child);
  const keda = aClient(portOf(where));
  const isRefused = (value: 0 | 1) =>
    eventually(`refused is ${value}`, async () =>
      (await (await fetch(`${where.ops}/metrics`)).text()).includes(`\nropeway_config_refused ${value}\n`),
    );
  await isRefused(0);
  writeFileSync(file, 'models: [');
  child.kill('SIGHUP');
  await isRefused(1);
  await eventually('it answers', async () => (await keda.isActive(YARN).catch(() => null)) === false);
  configured({ gateways: { urls: [gateway.url] } });
  child.kill('SIGHUP');
  await isRefused(0);
});

it('says in one line that there is no way to find gateways', async () => {
  configured({});
  const child = started({ KUBERNETES_SERVICE_HOST: '', KUBERNETES_SERVICE_PORT: '' });
  expect(await lastWords(child)).toEqual([
    1,
    expect.stringMatching(/^ropeway: .*scaler\.gateways\.urls.*\n$/),
  ]);
});

it('says in one line that its port is taken, and which setting chooses another', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  configured({ port, gateways: { urls: ['http://127.0.0.1:1'] } });
  const words = await lastWords(started());
  taken.close();
  expect(words).toEqual([
    1,
    expect.stringMatching(new RegExp(`^ropeway: port ${port} .*ROPEWAY_SCALER_PORT.*\n$`)),
  ]);
});

async function lastWords(child: ChildProcess): Promise<readonly [code: unknown, stderr: string]> {
  const stderr = child.stderr === null ? '' : text(child.stderr);
  const [code] = await within('it ends', once(child, 'exit'), 30_000);
  return [code, await stderr];
}
