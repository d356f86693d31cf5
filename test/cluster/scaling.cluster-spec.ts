// A real KEDA asks our scaler and moves the pools: out of their sleep for one long request, up under load through the HPA,
// and back to sleep; and where no GPU node is there, a cloud's autoscaler brings one while the request is told why it waits.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chat, type FrontDoor, words } from '../e2e/harness/ask.ts';
import { readMetrics } from '../servers/metrics-page.ts';
import { Figures } from './harness/figures.ts';
import { type Keda, startKeda } from './harness/keda.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { NodeAutoscaler } from './harness/node-autoscaler.ts';
import { H100 } from './harness/nodes.ts';
import { Release } from './harness/release.ts';
import { settles } from './harness/settles.ts';
import { streamed } from './harness/streamed.ts';

/** Needs factor 4. */
const LONG = 90_000;
/** Needs factor 2, whose pool has GPU nodes only. */
const MIDDLE = 50_000;
const FAST = { pods: 4, periodSeconds: 1, stabilizationSeconds: 0 };
const VALUES = {
  pools: [
    { name: 'default', rope: { type: 'default' }, window: 40_960, replicas: { min: 1, max: 1 } },
    {
      name: 'yarn-2',
      rope: { type: 'yarn', factor: 2 },
      window: 65_536,
      replicas: { min: 0, max: 1 },
      gpus: 8,
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    },
    { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, window: 131_072, replicas: { min: 0, max: 3 } },
  ],
  workers: {
    engine: { sim: { startupDelayMs: 0, stepMs: 5 } },
    autoscaling: { pollingSeconds: 2, cooldownSeconds: 8, scaleUp: FAST, scaleDown: FAST },
    drain: { preStopSeconds: 1, timeoutSeconds: 20 },
  },
  gateway: { drain: { preStopSeconds: 1, timeoutSeconds: 20 } },
  scaler: { replicas: 1 },
};

let stage: NamespaceUnderTest;
let keda: Keda;
let release: Release;
let door: FrontDoor;
const figures = new Figures('scaling with a real KEDA');

beforeAll(async () => {
  stage = await openNamespace('scaling');
  keda = await startKeda(stage.cluster, stage.names);
  release = await Release.install(stage, VALUES);
  door = await release.door();
  await settles('the YaRN pools sleep', async () => {
    const pods = [...stage.kubelet.runs(stage.namespace, 'worker')];
    return pods.length === 1 && pods.every(({ isReady }) => isReady);
  });
});
afterAll(async () => {
  figures.print();
  await release?.uninstall();
  await keda?.stop();
  await stage.close();
});

const workers = (pool: string) =>
  stage.kubelet
    .runs(stage.namespace, 'worker')
    .filter(({ pod }) => pod.metadata?.labels?.['ropeway.dev/pool'] === pool);
const replicas = async (pool: string) => (await release.deployment(pool)).spec?.replicas ?? 0;
/** Its beginning is its own: a prompt that was seen before is no load. */
const long = (tokens: number, nth = 0) => chat(`Number ${nth}:${words(tokens)}`, { max_tokens: 8 });

/** Milliseconds until it is so. */
async function timeTo(what: string, isSo: () => boolean | Promise<boolean>): Promise<number> {
  const startMs = performance.now();
  await settles(what, isSo);
  return performance.now() - startMs;
}

describe('a pool that sleeps', () => {
  it('wakes for one parked request of 90,000 tokens, which is answered', async () => {
    expect(await replicas('yarn-4')).toBe(0);
    const answer = streamed(door, long(LONG));
    figures.add(
      'KEDA wants a worker, ms after the request was sent',
      await timeTo('KEDA wants one', async () => (await replicas('yarn-4')) === 1),
    );
    await settles('it is Ready', () => workers('yarn-4').some(({ isReady }) => isReady));
    const isAsked = async () => {
      const [worker] = workers('yarn-4');
      const page = await readMetrics(`http://${worker?.address}:8000`);
      return page.sum('vllm:num_requests_running') + page.sum('vllm:num_requests_waiting') > 0;
    };
    figures.add('the worker has the request, ms after it was Ready', await timeTo('it is sent', isAsked));
    const { status, isWhole, headers, firstTokenMs } = await answer;
    expect({ status, isWhole }).toEqual({ status: 200, isWhole: true });
    expect(Number(headers.get('x-ropeway-estimated-wait'))).toBeGreaterThan(0);
    figures.add('first token, ms after the request was sent', firstTokenMs ?? 0);
  });

  it('grows to three under load through the HPA, and answers all of it', async () => {
    const answers = Array.from({ length: 6 }, (_, nth) => streamed(door, long(LONG, nth + 1)));
    figures.add(
      'three workers are Ready, ms after six requests were sent',
      await timeTo('three are Ready', () => workers('yarn-4').filter(({ isReady }) => isReady).length === 3),
    );
    for (const { status, isWhole } of await Promise.all(answers))
      expect({ status, isWhole }).toEqual({ status: 200, isWhole: true });
  });

  it('goes back to sleep', async () => {
    figures.add(
      'it sleeps again, ms after the last answer (cool-down 8 s)',
      await timeTo(
        'it sleeps',
        async () => (await replicas('yarn-4')) === 0 && workers('yarn-4').length === 0,
      ),
    );
  });
});

describe('a pool whose GPU node is not there yet', () => {
  it('tells the request why it waits, and serves it once the cloud has brought one; then the node goes', async () => {
    const told: string[] = [];
    const onComment = (comment: string) => told.push(comment);
    const answer = streamed(door, long(MIDDLE), { onComment });
    await settles('it is told that no node fits', () => told.some((each) => /node/i.test(each)));
    figures.add('what it is told', JSON.stringify(told.find((each) => /node/i.test(each))));
    const { kube } = stage.cluster;
    const terms = { kube, namespace: stage.namespace, gpu: H100, bootMs: 1_000, emptyMs: 1_000 };
    const autoscaler = new NodeAutoscaler(terms);
    try {
      const { status, isWhole } = await answer;
      expect({ status, isWhole }).toEqual({ status: 200, isWhole: true });
      expect(autoscaler.added).toHaveLength(1);
      await settles('the pool sleeps and its node is gone', () => autoscaler.removed.length === 1);
    } finally {
      await autoscaler.stop();
    }
  });
});
