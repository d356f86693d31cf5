// What finding workers costs: a whole list of 500 pods, and a change of one of them, from the bytes to what the fleet is
// told. The API server runs on a thread of its own; the figures are CPU time of ours. Bounds: a list within 1 s, a watch
// below 5 % of a core at 10 changes a second (every pod of a fleet of 500 changes once a minute, and more).
// Run: node test/bench/discovery-watch.bench.ts
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Cluster, type DiscoveredFleet, Discovery } from '#workers';
import { aPodObject } from '../../libs/workers/src/kubernetes/discovery-under-test.ts';
import { StandInApiServer } from '../../libs/workers/src/kubernetes/stand-in-api-server.ts';

const PODS = 500;
const CHANGES = 1_000;
const CHANGES_A_SECOND = 10;
/** What a vLLM pod of a chart carries besides what we read: environment, probes, volumes, managed fields. */
const BALLAST = {
  managedFields: Array.from({ length: 40 }, (_, n) => ({ field: `f:${n}`, text: 'x'.repeat(200) })),
};

if (isMainThread) await measure();
else await serve();

async function measure(): Promise<void> {
  const server = new Worker(new URL(import.meta.url));
  const url = await next<string>(server);
  let changes = 0;
  let wake = () => {};
  const fleet: DiscoveredFleet = {
    declare: () => {
      changes += 1;
      wake();
    },
    terminating: () => {},
    gone: () => {},
    coming: () => {},
  };
  const settings = {
    mode: 'pods',
    namespace: null,
    kubeconfig: null,
    selector: 'app.kubernetes.io/component=worker',
    port: 8_000,
    scheme: 'http',
    inferencePools: [],
    watchMs: 600_000,
    answerMs: 60_000,
  } as const;
  const pools = [
    {
      name: 'default',
      model: 'qwq-32b',
      servedName: 'QwQ-32B',
      rope: { type: 'default', factor: 1 },
      windowTokens: 40_960,
      kvTokensPerWorker: 40_960,
      workers: [],
      apiKey: null,
      ca: null,
    },
  ] as const;
  const access = async () => ({ server: url, headers: {}, tls: {}, agent: null });
  const listMs: number[] = [];
  const find = async () => {
    const startMs = performance.now();
    const cluster = new Cluster({ namespace: 'ropeway', access, forget: () => {} });
    const discovery = new Discovery({ cluster, settings, pools, fleet });
    await discovery.synced(new AbortController().signal);
    listMs.push(performance.now() - startMs);
    return discovery;
  };
  for (let nth = 0; nth < 5; nth += 1) await (await find()).close();
  const discovery = await find();
  server.postMessage('watch');
  await next(server);
  changes = 0;
  const before = process.threadCpuUsage();
  for (let sent = 1; sent <= CHANGES; sent += 1) {
    server.postMessage('change');
    // One at a time: a batch would be told once, and look cheaper than changes that come apart.
    while (changes < sent) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const { user, system } = process.threadCpuUsage(before);
  await discovery.close();
  await server.terminate();
  const changeUs = (user + system) / CHANGES;
  const result = {
    list_first_ms: round(listMs[0] ?? 0),
    list_p50_ms: round(listMs.toSorted((a, b) => a - b)[Math.floor(listMs.length / 2)] ?? 0),
    change_cpu_us: round(changeUs),
    core_percent: round((changeUs * CHANGES_A_SECOND) / 10_000),
  };
  console.table(result);
  console.log(JSON.stringify(result));
  if (result.list_first_ms > 1_000 || result.core_percent > 5) process.exitCode = 1;
}

async function serve(): Promise<void> {
  const api = await StandInApiServer.start();
  const pod = (n: number, isReady: boolean) => {
    const facts = { ip: `10.1.${n >> 8}.${n & 255}`, ready: isReady ? 'True' : 'False' } as const;
    const { metadata, ...rest } = aPodObject(`worker-${n}`, facts);
    return { ...rest, metadata: { ...metadata, ...BALLAST } };
  };
  for (let n = 0; n < PODS; n += 1) api.set(pod(n, true));
  let changes = 0;
  parentPort?.on('message', async (message) => {
    if (message === 'watch') {
      await api.when(() => api.openWatches === 1);
      return parentPort?.postMessage('watching');
    }
    // Each pod in its turn: not Ready in the first round, Ready in the second.
    api.set(pod(changes % PODS, Math.floor(changes / PODS) % 2 === 1));
    changes += 1;
  });
  parentPort?.postMessage(api.url);
}

function next<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
