// A gateway that finds its workers among the pods of a namespace: who takes requests, how soon, and who never does and why.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat } from '../e2e/harness/ask.ts';
import { readMetrics } from '../servers/metrics-page.ts';
import { Figures } from './harness/figures.ts';
import { type GatewayInCluster, startGatewayIn } from './harness/gateway-in-cluster.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import type { PodRun } from './harness/pod-run.ts';
import { settles } from './harness/settles.ts';
import { type WorkerPodTerms, workerPod } from './harness/worker-pods.ts';

/** Long enough to see that a pod that serves on is asked no more. */
const SERVES_ON_S = 40;
const AT_ONCE = { gracePeriodSeconds: 0 };

let stage: NamespaceUnderTest;
let found: GatewayInCluster;
const figures = new Figures('discovery');

beforeAll(async () => {
  stage = await openNamespace('discovery');
  // A worker that is back gets its share at once, so that who is used tells who is known.
  found = await startGatewayIn(stage, { settings: { workers: { compareCounts: false, warmUpMs: 0 } } });
});
afterAll(async () => {
  figures.print();
  await found?.gateway.stop();
  await stage.close();
});
afterEach(async () => {
  const names = stage.kubelet.runs(stage.namespace).map(({ pod }) => pod.metadata?.name ?? '');
  await Promise.all(names.map((name) => stage.cluster.kube.remove(stage.path(`/pods/${name}`), AT_ONCE)));
  await settles('no pod is left', () => stage.kubelet.runs(stage.namespace).length === 0);
});

const create = (terms: WorkerPodTerms) => stage.cluster.kube.create(stage.path('/pods'), workerPod(terms));
const remove = (name: string) => stage.cluster.kube.remove(stage.path(`/pods/${name}`));

function runOf(name: string): PodRun | undefined {
  return stage.kubelet.runs(stage.namespace).find(({ pod }) => pod.metadata?.name === name);
}

async function ready(name: string): Promise<PodRun> {
  await settles(`pod ${name} is Ready`, () => runOf(name)?.readyAtMs != null);
  const run = runOf(name);
  if (run === undefined) throw new Error(`pod ${name} went`);
  return run;
}

/** Requests a worker was given so far. */
async function given({ address }: PodRun): Promise<number> {
  return (await readMetrics(`http://${address}:8000`)).sum('vllm:request_success_total');
}

async function askTimes(count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let nth = 0; nth < count; nth++)
    statuses.push((await ask(found.door, CHAT, chat(`Number ${nth}`, { max_tokens: 1 }))).status);
  return statuses;
}

const usable = async () => (await found.readiness()).workers.ready;
const twenty = Array.from({ length: 20 }, () => 200);

describe('a worker pod', () => {
  it('takes requests once it is Ready, and none once it is terminating', async () => {
    await create({ name: 'one' });
    const one = await ready('one');
    await settles('it is used', async () => (await usable()) === 1);
    await create({ name: 'two', preStopS: SERVES_ON_S });
    const two = await ready('two');
    await settles('the other is used, too', async () => {
      await askTimes(1);
      return (await given(two)) > 0;
    });
    figures.add('a new pod has its first request, ms after Ready', performance.now() - (two.readyAtMs ?? 0));
    const startMs = performance.now();
    await remove('two');
    await settles('it is not used any more', async () => (await usable()) === 1);
    figures.add('a terminating pod is out, ms after its deletion was asked for', performance.now() - startMs);
    const [oneBefore, twoBefore] = [await given(one), await given(two)];
    expect(await askTimes(20)).toEqual(twenty);
    expect([await given(one), await given(two)]).toEqual([oneBefore + 20, twoBefore]);
  });

  it('that gets the address of one that is gone is another worker', async () => {
    const address = stage.network.newPodAddress();
    await create({ name: 'before', address });
    await ready('before');
    await settles('it is used', async () => (await usable()) === 1);
    await remove('before');
    await settles('it is gone', () => runOf('before') === undefined);
    await create({ name: 'after', address });
    const after = await ready('after');
    await settles('it is used', async () => (await usable()) === 1);
    expect(await askTimes(5)).toEqual([200, 200, 200, 200, 200]);
    expect(await given(after)).toBe(5);
  });
});

describe('a pod that must not be used is named with what to change', () => {
  const wrong: readonly (readonly [string, Omit<WorkerPodTerms, 'name'>, RegExp])[] = [
    [
      'without a pool',
      { labels: { 'ropeway.dev/pool': undefined } },
      /has no label ropeway\.dev\/pool; label it/,
    ],
    ['of a pool nobody configured', { pool: 'yarn-8' }, /"yarn-8", which is not configured/],
    ['with a factor its pool does not have', { factor: '2' }, /rope-factor "2", pool default declares 1/],
    ['with a window smaller than declared', { window: '4096' }, /window "4096", pool default declares 8192/],
    [
      'without a window',
      { labels: { 'ropeway.dev/window': undefined } },
      /has no label ropeway\.dev\/window/,
    ],
    ['whose vLLM has another window than it says', { servedWindow: '4096' }, /4096/],
  ];

  it.each(wrong)('%s', async (_what, terms, sentence) => {
    await create({ name: 'good' });
    await create({ ...terms, name: 'wrong' });
    await ready('good');
    const bad = await ready('wrong');
    await settles('the good one is used', async () => (await usable()) === 1);
    await settles('the wrong one is named', async () =>
      sentence.test(JSON.stringify(await found.readiness()).replaceAll('\\"', '"')),
    );
    expect(await askTimes(5)).toEqual([200, 200, 200, 200, 200]);
    expect(await given(bad)).toBe(0);
  });

  it('that shares its address with another, until one of them goes', async () => {
    const address = stage.network.newPodAddress();
    await create({ name: 'first', address });
    await ready('first');
    await settles('it is used', async () => (await usable()) === 1);
    // Its own server cannot take the port; that of the other answers its probes.
    await create({ name: 'second', address });
    await settles('both are named', async () =>
      /pods first and second are both at/.test(JSON.stringify(await found.readiness())),
    );
    await remove('second');
    await settles('the other is used again', async () => (await usable()) === 1);
  });
});
