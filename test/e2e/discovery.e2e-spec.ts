// Workers found in Kubernetes: a real gateway, simulated workers, and an API server that does what the test says. The same
// promises are kept against a real one in test/cluster.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { aPodObject, type PodFacts } from '../../libs/workers/src/kubernetes/discovery-under-test.ts';
import { refuse, StandInApiServer } from '../../libs/workers/src/kubernetes/stand-in-api-server.ts';
import { ask, CHAT, chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, SIM, startFleetUnderTest } from './harness/fleet-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-discovery-'));
const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const LABELS = {
  'app.kubernetes.io/component': 'worker',
  'ropeway.dev/pool': 'default',
  'ropeway.dev/rope-factor': '1',
  'ropeway.dev/window': '1024',
};
const aPod = (name: string, facts: PodFacts = {}) => aPodObject(name, { labels: LABELS, ...facts });

async function anApiServer(port = 0): Promise<StandInApiServer> {
  const api = await StandInApiServer.start(port);
  toClose.push(() => api.end());
  return api;
}

/** Pods share a port and have an address each, as in a cluster: 127.0.0.1, 127.0.0.2. */
async function aWorker(host: string, port: number): Promise<VllmSim> {
  const sim = await startVllmSim({ ...SIM, windowTokens: 1_024, host, port });
  toClose.push(() => sim.close());
  return sim;
}

async function aGateway(
  api: StandInApiServer,
  port: number,
  waitsUntilReady = true,
): Promise<FleetUnderTest> {
  const kubeconfig = join(folder, `kubeconfig-${api.port}`);
  const cluster = { server: api.url, 'insecure-skip-tls-verify': true };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'here',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: 'secret' } }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'ropeway' } }],
    }),
  );
  const fleet = await startFleetUnderTest({
    pools: [{ name: 'default', factor: 1, windowTokens: 1_024, sims: 0 }],
    settings: { discovery: { mode: 'pods', kubeconfig, port } },
    waitsUntilReady,
  });
  toClose.push(() => fleet.close());
  return fleet;
}

interface Readiness {
  readonly status: string;
  readonly workers: { readonly ready: number; readonly not_ready: readonly unknown[] };
  readonly discovery: Readonly<Record<string, unknown>>;
}
async function readiness({ gateway }: FleetUnderTest): Promise<Readiness & { readonly http: number }> {
  const answer = await fetch(`${gateway.opsUrl}/readyz`);
  return { http: answer.status, ...((await answer.json()) as Readiness) };
}
const ready = (fleet: FleetUnderTest, count: number) =>
  eventually(`${count} workers are ready`, async () => (await readiness(fleet)).workers.ready === count);

it('replaces every worker under load without a failed request', async () => {
  const api = await anApiServer();
  const old = await aWorker('127.0.0.1', 0);
  const port = Number(new URL(old.url).port);
  api.set(aPod('old', { ip: '127.0.0.1' }));
  const fleet = await aGateway(api, port);
  await ready(fleet, 1);
  const statuses: number[] = [];
  let isOver = false;
  const load = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const { status, text } = await ask(fleet, CHAT, chat('Hello', { stream: true }));
        statuses.push(status === 200 && text.endsWith('data: [DONE]\n\n') ? 200 : 0);
      }
    }),
  );
  const fresh = await aWorker('127.0.0.2', port);
  api.set(aPod('new', { ip: '127.0.0.2' }));
  await eventually('the new pod takes work', () => fresh.seen.to().some(({ path }) => path === CHAT));
  api.set(aPod('old', { ip: '127.0.0.1', isTerminating: true }));
  await eventually('the old pod has left', async () =>
    (await readiness(fleet)).workers.not_ready.every((worker) => !JSON.stringify(worker).includes('old')),
  );
  const seenByOld = old.seen.to().filter(({ path }) => path === CHAT).length;
  await old.close();
  api.remove('uid-old');
  await eventually('the new pod carries on alone', () => fresh.seen.to().length > 50);
  isOver = true;
  await load;
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(old.seen.to().filter(({ path }) => path === CHAT)).toHaveLength(seenByOld);
});

it('serves on while the API server is away, and finds out by itself which worker has died', async () => {
  const api = await anApiServer();
  const stays = await aWorker('127.0.0.1', 0);
  const port = Number(new URL(stays.url).port);
  const dies = await aWorker('127.0.0.2', port);
  api.set(aPod('stays', { ip: '127.0.0.1' }));
  api.set(aPod('dies', { ip: '127.0.0.2' }));
  const fleet = await aGateway(api, port);
  await ready(fleet, 2);
  const { port: apiPort } = api;
  await api.end();
  await eventually('the gateway knows', async () => 'trouble' in (await readiness(fleet)).discovery);
  await dies.close();
  for (let n = 0; n < 20; n += 1) expect((await ask(fleet, CHAT, chat())).status).toBe(200);
  await ready(fleet, 1);
  expect(await readiness(fleet)).toMatchObject({ http: 200, discovery: { status: 'synced' } });
  // Back, with another worker in the place of the dead one: what went and what came meanwhile is known.
  const back = await anApiServer(apiPort);
  for (let n = 0; n < 9; n += 1) back.advance();
  await aWorker('127.0.0.3', port);
  back.set(aPod('stays', { ip: '127.0.0.1' }));
  back.set(aPod('comes', { ip: '127.0.0.3' }));
  back.compact();
  await ready(fleet, 2);
  await eventually('the dead pod is forgotten', async () =>
    (await readiness(fleet)).workers.not_ready.every((worker) => !JSON.stringify(worker).includes('dies')),
  );
});

it('is not ready before it has found its workers, and says what it waits for', async () => {
  const api = await anApiServer();
  const words = 'pods is forbidden: User "system:serviceaccount:ropeway:gateway" cannot list resource "pods"';
  for (let n = 0; n < 3; n += 1) api.nextList((_, res) => refuse(res, 403, words));
  const fleet = await aGateway(api, 8_000, false);
  await eventually('it says why', async () => 'trouble' in (await readiness(fleet)).discovery);
  expect(await readiness(fleet)).toMatchObject({
    http: 503,
    status: 'starting',
    discovery: {
      mode: 'pods',
      status: 'waiting for the first list of the API server',
      trouble: `403: ${words}`,
    },
  });
  await eventually('it is ready', async () => (await readiness(fleet)).http === 200);
});

it('names each pod that cannot be used, and what to change', async () => {
  const api = await anApiServer();
  const worker = await aWorker('127.0.0.1', 0);
  const port = Number(new URL(worker.url).port);
  api.set(aPod('wrong', { ip: '127.0.0.1', labels: { ...LABELS, 'ropeway.dev/rope-factor': '4' } }));
  api.set(aPod('stray', { ip: '127.0.0.2', labels: { 'app.kubernetes.io/component': 'worker' } }));
  const stuck = { state: { waiting: { reason: 'ErrImagePull', message: 'manifest unknown' } } };
  api.set(aPod('stuck', { ip: null, ready: 'False', container: stuck }));
  const fleet = await aGateway(api, port);
  expect(await readiness(fleet)).toMatchObject({
    workers: {
      ready: 0,
      not_ready: [
        { pod: 'wrong', pool: 'default', state: 'quarantined', reason: expect.stringContaining('"4"') },
      ],
    },
    discovery: {
      coming: [{ pool: 'default', pods: 1, obstacle: 'image: ErrImagePull: manifest unknown' }],
      ignored: [{ pod: 'stray', reason: expect.stringContaining('has no label ropeway.dev/pool') }],
    },
  });
  const metrics = await (await fetch(`${fleet.gateway.opsUrl}/metrics`)).text();
  for (const line of [
    'ropeway_discovery_synced 1',
    'ropeway_discovery_ignored_pods 1',
    'ropeway_discovery_lists_total{resource="pods",cause="start"} 1',
    'ropeway_pool_coming_pods{pool="default"} 1',
    'ropeway_pool_coming_stuck{pool="default"} 1',
  ])
    expect(metrics).toContain(line);
});

it('takes over pools that are declared while it runs', async () => {
  const api = await anApiServer();
  const worker = await aWorker('127.0.0.1', 0);
  api.set(aPod('a', { ip: '127.0.0.1', labels: { ...LABELS, 'ropeway.dev/pool': 'later' } }));
  const fleet = await aGateway(api, Number(new URL(worker.url).port));
  expect((await readiness(fleet)).workers.ready).toBe(0);
  fleet.gateway.reload(fleet.config({ pools: [...ONE_POOL, { ...ONE_POOL[0], name: 'later' }] as never }));
  await ready(fleet, 1);
  expect((await ask(fleet, CHAT, chat())).headers.get('x-ropeway-pool')).toBe('later');
});
