// The API server is away for a while, and no client notices: a gateway goes on with the workers it knew, finds by itself that
// one of them died, and is right again soon after. On a control plane of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ControlPlane } from './control-plane/control-plane.ts';
import { PROGRAMS_FOLDER } from './global-setup.ts';
import { Figures } from './harness/figures.ts';
import { type GatewayInCluster, startGatewayIn } from './harness/gateway-in-cluster.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import type { PodRun } from './harness/pod-run.ts';
import { settles } from './harness/settles.ts';
import { StreamLoad } from './harness/stream-load.ts';
import { workerDeployment } from './harness/worker-pods.ts';
import { programsIn } from './programs/control-plane-programs.ts';

/** In production it may be minutes; within these, too, every question to it fails several times. */
const AWAY_MS = 20_000;
const PER_SECOND = 20;
/** As the chart has them: a stream that runs is finished. */
const DRAINING = { name: 'w', preStopS: 2, arguments: ['--shutdown-timeout-ms', '20000'] };

let plane: ControlPlane;
let stage: NamespaceUnderTest;
let found: GatewayInCluster;
const figures = new Figures('the API server is away');

beforeAll(async () => {
  plane = await ControlPlane.start(programsIn(process.env[PROGRAMS_FOLDER] ?? ''));
  stage = await openNamespace('away', plane.cluster);
  await plane.cluster.kubectl.apply([workerDeployment(DRAINING, 3)], ['--namespace', 'away']);
  found = await startGatewayIn(stage);
  await settles('three workers are used', async () => (await found.readiness()).workers.ready === 3);
});
afterAll(async () => {
  figures.print();
  await found?.gateway.stop();
  await stage?.close();
  await plane?.stop();
});

it('and no request fails; what changed meanwhile is known soon after', async () => {
  const load = new StreamLoad(found.door, PER_SECOND);
  await settles('streams run', () => load.sent > PER_SECOND);
  await plane.part('apiserver').kill9();
  await plane.etcd.putJunk();
  await sleep(AWAY_MS);
  const { workers } = await found.readiness();
  expect(workers).toMatchObject({ total: 3, ready: 3 });
  await plane.part('apiserver').start();
  // One is replaced: its name and its address are new.
  const [old] = stage.kubelet.runs('away');
  const before = stage.kubelet.runs('away').map(({ address }) => address);
  await plane.cluster.kube.remove(stage.path(`/pods/${old?.pod.metadata?.name}`));
  const isReplaced = async () => {
    const addresses = stage.kubelet.runs('away').map(({ address }) => address);
    if (addresses.length !== 3 || addresses.includes(old?.address ?? '')) return false;
    const page = await found.gateway.metrics();
    const isUsed = (address: string) =>
      page.sum('ropeway_worker_state', { worker: `http://${address}:8000`, state: 'ready' }) === 1;
    return addresses.every(isUsed);
  };
  await settles('a new worker has taken its place', isReplaced);
  const isNew = ({ address }: PodRun) => !before.includes(address);
  const readyMs = stage.kubelet.runs('away').find(isNew)?.readyAtMs ?? 0;
  figures.add('the worker in its place is used, ms after it is Ready', performance.now() - readyMs);
  const { sent, failures } = await load.stop();
  figures.add(
    `streams while it was away for ${AWAY_MS / 1_000} s and after`,
    `${sent}, ${failures.length} failed`,
  );
  expect(failures).toEqual([]);
});
