// What the boards ask and the standalone fleet has nothing for (test/dashboards/empty-answers.ts), answered by a real Prometheus
// that scrapes a gateway which watches real pods over https: two that must not be used and one of no pool are among them,
// traces are sent and lost, and the API server is away for a while. On a control plane of its own, since it is killed.
import type { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askBoards, type BoardAnswer, boardQueries, unanswered } from '../dashboards/ask-boards.ts';
import { emptyAnsweredBy } from '../dashboards/empty-answers.ts';
import { ask, CHAT, chat } from '../e2e/harness/ask.ts';
import { type SpanReceiver, startSpanReceiver } from '../e2e/harness/span-receiver.ts';
import type { Labels, Series } from '../servers/prometheus-client.ts';
import { startPrometheus, type TestPrometheus } from '../servers/start-prometheus.ts';
import { ControlPlane } from './control-plane/control-plane.ts';
import { PROGRAMS_FOLDER } from './global-setup.ts';
import { Figures } from './harness/figures.ts';
import { type GatewayInCluster, startGatewayIn } from './harness/gateway-in-cluster.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { settles } from './harness/settles.ts';
import { createTlsSecret, type TlsSecret } from './harness/tls-secret.ts';
import { TLS_PORT, type WorkerPodTerms, workerPod } from './harness/worker-pods.ts';
import { programsIn } from './programs/control-plane-programs.ts';

const INTERNALS = 'Ropeway / Gateway internals';
const POOLS = 'Ropeway / Pools and scaling';
/** Standalone shows it too, at 0. */
const COUNTS_OTHERWISE = `${POOLS}: Workers found to count otherwise (A)`;
/** Never over within the test: its list is read anew because the API server was away, and not because nothing happened. */
const WATCH_MS = 600_000;
/** How long the watch is silent at least before the API server comes back. */
const SILENT_S = 12;

const PODS = {
  good: {},
  small: { servedWindow: '4096' },
  rust: { arguments: ['--front-end', 'rust'] },
  stranger: { pool: 'yarn-8' },
} satisfies Record<string, Omit<WorkerPodTerms, 'name'>>;
type PodName = keyof typeof PODS;

let plane: ControlPlane;
let stage: NamespaceUnderTest;
let secret: TlsSecret;
let receiver: SpanReceiver;
let found: GatewayInCluster;
let prometheus: TestPrometheus;
let addresses: Readonly<Record<PodName, string>>;
let answers: readonly BoardAnswer[] = [];
const figures = new Figures('what the boards show of a cluster');

beforeAll(async () => {
  const startS = Date.now() / 1_000;
  plane = await ControlPlane.start(programsIn(process.env[PROGRAMS_FOLDER] ?? ''));
  stage = await openNamespace('boards', plane.cluster);
  const { network } = stage;
  const address = () => network.newPodAddress();
  addresses = { good: address(), small: address(), rust: address(), stranger: address() };
  secret = await createTlsSecret(stage, 'workers', Object.values(addresses));
  receiver = await startSpanReceiver();
  found = await startGatewayIn(stage, {
    settings: { workers: { warmUpMs: 0 }, tracing: { url: receiver.url, ratio: 1 } },
    pool: { caFile: secret.authorityFile },
    discovery: { mode: 'pods', scheme: 'https', port: TLS_PORT, watchMs: WATCH_MS },
  });
  // As a Prometheus in the cluster labels what it finds there.
  const labels = { job: 'ropeway-gateway', namespace: stage.namespace, pod: 'gateway' };
  prometheus = await startPrometheus({
    targets: [{ address: new URL(found.gateway.opsUrl).host, labels }],
  });
  await isSeen('ropeway_discovery_synced');
  await podsComeAndAreJudged();
  await spansAreSentAndLost();
  await apiServerIsAway();
  const owed = [...emptyAnsweredBy('cluster'), COUNTS_OTHERWISE];
  const asked = boardQueries.filter(({ name }) => owed.includes(name));
  answers = await askBoards(prometheus.client, asked, startS);
  for (const { name } of answers) figures.add(name, JSON.stringify(highest(name)));
});
afterAll(async () => {
  figures.print();
  await prometheus?.stop();
  await found?.gateway.stop();
  await receiver?.close();
  await stage?.close();
  await plane?.stop();
  secret?.remove();
});

/** Since two seconds: what panels ask in steps of one second has it, too. */
async function isSeen(selector: string, condition = '> 0'): Promise<void> {
  const expression = `sum(${selector} offset 2s) ${condition}`;
  const isSo = async () => (await prometheus.client.query(expression)).length > 0;
  await settles(`Prometheus has ${expression}`, isSo);
}

async function podsComeAndAreJudged(): Promise<void> {
  for (const name of Object.keys(PODS) as PodName[]) {
    const terms = { ...PODS[name], name, address: addresses[name], tlsSecret: secret.name };
    await stage.cluster.kube.create(stage.path('/pods'), workerPod(terms));
  }
  await settles('one is used, two are quarantined', async () => {
    const { ready, not_ready } = (await found.readiness()).workers;
    return ready === 1 && not_ready.filter(({ state }) => state === 'quarantined').length === 2;
  });
  await isSeen('ropeway_tokenizer_mismatches_total');
}

async function spansAreSentAndLost(): Promise<void> {
  expect((await ask(found.door, CHAT, chat('Sent', { max_tokens: 1 }))).status).toBe(200);
  await isSeen('ropeway_trace_spans_total{result="sent"}');
  receiver.answer(400);
  expect((await ask(found.door, CHAT, chat('Lost', { max_tokens: 1 }))).status).toBe(200);
  await isSeen('ropeway_trace_spans_total{result="lost"}');
}

async function apiServerIsAway(): Promise<void> {
  await plane.part('apiserver').kill9();
  await plane.etcd.putJunk();
  await isSeen('ropeway_discovery_failures_total{cause="unreachable"}');
  await isSeen('ropeway_discovery_age_seconds', `> ${SILENT_S}`);
  await plane.part('apiserver').start();
  await isSeen('ropeway_discovery_lists_total{cause="expired"}');
}

function shown(name: string): readonly Series[] {
  const answer = answers.find((each) => each.name === name);
  if (answer === undefined) throw new RangeError(`nobody asked ${name}`);
  return answer.series;
}

/** The series of a panel by the labels it has, each with the highest it came to. */
function highest(name: string): readonly (readonly [Labels, number])[] {
  return shown(name).map(({ labels, points }) => [labels, Math.max(...points.map(({ value }) => value))]);
}

/** Labels of the series of a panel that were above 0 at some time. */
const above0 = (name: string) => highest(name).flatMap(([labels, value]) => (value > 0 ? [labels] : []));

it('answers every query that the standalone fleet has nothing for', () => {
  expect(answers.length).toBe(emptyAnsweredBy('cluster').length + 1);
  expect(unanswered(answers)).toEqual([]);
});

describe('a watch', () => {
  it('has read its list, and shows how many pods belong to no pool', () => {
    expect(highest(`${INTERNALS}: Every list was read (A)`)).toEqual([[expect.anything(), 1]]);
    expect(highest(`${INTERNALS}: Pods of no configured pool (A)`)).toEqual([[expect.anything(), 1]]);
  });

  it('of an API server that is away is silent, fails by cause, and has its list read anew by why', () => {
    const [silence] = shown(`${INTERNALS}: Silence of the watch (A)`);
    const values = silence?.points.map(({ value }) => value) ?? [];
    expect(silence?.labels).toMatchObject({ resource: 'pods' });
    expect(Math.max(...values)).toBeGreaterThan(SILENT_S);
    expect(values.at(-1)).toBeLessThan(Math.max(...values));
    const failed = above0(`${INTERNALS}: Questions that failed, by cause (A)`);
    expect(failed).toContainEqual({ resource: 'pods', cause: 'unreachable' });
    const listed = above0(`${INTERNALS}: Whole lists read, by why (A)`);
    expect(listed).toContainEqual({ resource: 'pods', cause: 'expired' });
  });
});

describe('workers that must not be used', () => {
  it('are shown by what is wrong with them', () => {
    const quarantined = highest(`${POOLS}: Quarantined, and for what (A)`);
    expect(quarantined).toHaveLength(2);
    for (const [name, cause] of [
      ['small', 'window'],
      ['rust', 'tokenizer'],
    ] as const)
      expect(quarantined).toContainEqual([{ pool: 'default', worker: originOf(name), cause }, 1]);
  });

  it('are counted once they are found to count otherwise, in the pool they are of', () => {
    expect(above0(COUNTS_OTHERWISE)).toEqual([{ pool: 'default' }]);
    expect(highest(COUNTS_OTHERWISE)).toContainEqual([{ pool: 'yarn-4' }, 0]);
  });
});

it('shows when the certificates of workers and of the authority of their pools began and end', () => {
  const judged = (['good', 'small', 'rust'] as const).map((name) => ({
    labels: { certificate: 'worker', pool: 'default', worker: originOf(name) },
    ...validityOf(secret.certificate),
  }));
  const trusted = ['default', 'yarn-4'].map((pool) => ({
    labels: { certificate: 'pool-authority', pool, worker: 'none' },
    ...validityOf(secret.authority),
  }));
  const ends = shown(`${INTERNALS}: Certificates end in (A)`);
  const begins = shown(`${INTERNALS}: Certificates have been valid for (A)`);
  expect([ends.length, begins.length]).toEqual([5, 5]);
  for (const { labels, fromS, toS } of [...judged, ...trusted]) {
    const end = lastOf(ends, labels);
    const begin = lastOf(begins, labels);
    expect(end.value).toBeGreaterThan(0);
    expect(end.timeS + end.value).toBeCloseTo(toS, 0);
    expect(begin.value).toBeGreaterThan(0);
    expect(begin.timeS - begin.value).toBeCloseTo(fromS, 0);
  }
});

it('shows spans that were sent, and spans that were lost', () => {
  const results = above0(`${INTERNALS}: Spans sent and lost (A)`).map(({ result }) => result);
  expect(results.toSorted()).toEqual(['lost', 'sent']);
});

const originOf = (name: PodName) => `https://${addresses[name]}:${TLS_PORT}`;

function validityOf({ validFrom, validTo }: X509Certificate) {
  return { fromS: Date.parse(validFrom) / 1_000, toS: Date.parse(validTo) / 1_000 };
}

function lastOf(all: readonly Series[], wanted: Labels) {
  const series = all.find(({ labels }) =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value),
  );
  const point = series?.points.at(-1);
  if (point === undefined) throw new RangeError(`no series has ${JSON.stringify(wanted)}`);
  return point;
}
