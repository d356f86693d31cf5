// Queries of panels that have nothing to show on a healthy `npm run up` under load, why, which deployment answers them on a
// real Prometheus, and which test has their series. test/e2e/dashboards.e2e-spec.ts fails when another one is empty, and when
// one of these is not; the deployments named here fail when one of theirs is empty.

/** The test cluster, or the day of the rehearsal. */
type Answering = 'cluster' | 'rehearsal';

/** The file of a test, and what it is called there. */
type TestName = readonly [file: string, test: string];

interface EmptyAnswer {
  readonly why: string;
  readonly answeredBy: Answering;
  /** What makes the series and says their values, without a Prometheus. */
  readonly provedBy: TestName;
}

/** Where each deployment asks all that it is to answer. */
export const ASKED_IN: Readonly<Record<Answering, TestName>> = {
  cluster: [
    'test/cluster/dashboards.cluster-spec.ts',
    'answers every query that the standalone fleet has nothing for',
  ],
  rehearsal: ['test/rehearsal/report/promises.ts', 'the boards answer what they ask about scaling'],
};

const NO_WATCH = 'workers are configured: nothing of Kubernetes is watched';
const NO_TRACES = 'traces are off until a collector is named';
const NO_TLS = 'workers speak http, and no authority is configured';
const NO_SCALER = 'there is no scaler: the pools have their workers from the start';
const NO_COLD_START = 'no pool sleeps, so none is woken';
const SOUND = 'its workers are sound';

const TELEMETRY = 'libs/telemetry/src/telemetry.spec.ts';
const SCALER_TELEMETRY = 'libs/telemetry/src/scaler-telemetry.spec.ts';
const SCALER = 'apps/scaler/test/answers.contract-spec.ts';
const DISCOVERY = 'test/e2e/discovery.e2e-spec.ts';
const PARKING = 'test/e2e/parking.e2e-spec.ts';

const SHOWN_WHAT_KEDA_IS_TOLD = [SCALER, 'shows at /metrics what it tells KEDA'] as const;
const SHOWN_POOL_BY_POOL = [SCALER_TELEMETRY, 'shows what KEDA is told, pool by pool'] as const;
const COUNTED_BY_SCALER = [
  SCALER_TELEMETRY,
  'counts polls and answers, and shows every series from the start',
] as const;
const PODS_FOUND = [DISCOVERY, 'names each pod that cannot be used, and what to change'] as const;
const API_SERVER_AWAY = [DISCOVERY, 'serves on while the API server is away'] as const;
const CERTIFICATES = [TELEMETRY, 'shows when the certificates end'] as const;
const WOKEN = [PARKING, 'has its time to first token counted apart, and its cold start learned'] as const;

/** By `board: panel (query)`. */
export const EMPTY_ON_STANDALONE: Readonly<Record<string, EmptyAnswer>> = {
  'Ropeway / Gateway internals: Certificates end in (A)': {
    why: NO_TLS,
    answeredBy: 'cluster',
    provedBy: CERTIFICATES,
  },
  'Ropeway / Gateway internals: Certificates have been valid for (A)': {
    why: NO_TLS,
    answeredBy: 'cluster',
    provedBy: CERTIFICATES,
  },
  'Ropeway / Gateway internals: Every list was read (A)': {
    why: NO_WATCH,
    answeredBy: 'cluster',
    provedBy: PODS_FOUND,
  },
  'Ropeway / Gateway internals: Pods of no configured pool (A)': {
    why: NO_WATCH,
    answeredBy: 'cluster',
    provedBy: PODS_FOUND,
  },
  'Ropeway / Gateway internals: Questions that failed, by cause (A)': {
    why: NO_WATCH,
    answeredBy: 'cluster',
    provedBy: API_SERVER_AWAY,
  },
  'Ropeway / Gateway internals: Silence of the watch (A)': {
    why: NO_WATCH,
    answeredBy: 'cluster',
    provedBy: API_SERVER_AWAY,
  },
  'Ropeway / Gateway internals: Spans sent and lost (A)': {
    why: NO_TRACES,
    answeredBy: 'cluster',
    provedBy: ['test/e2e/tracing.e2e-spec.ts', 'refuses costs no request anything, and the metrics'],
  },
  'Ropeway / Gateway internals: Traces left out (A)': {
    why: NO_TRACES,
    answeredBy: 'cluster',
    provedBy: [
      'libs/telemetry/src/tracing/otel-tracing.spec.ts',
      'leaves whole traces out while too many spans wait',
    ],
  },
  'Ropeway / Gateway internals: Whole lists read, by why (A)': {
    why: NO_WATCH,
    answeredBy: 'cluster',
    provedBy: PODS_FOUND,
  },
  'Ropeway / Pools and scaling: A cold start takes (A)': {
    why: NO_COLD_START,
    answeredBy: 'rehearsal',
    provedBy: WOKEN,
  },
  'Ropeway / Pools and scaling: A cold start takes (B)': {
    why: NO_COLD_START,
    answeredBy: 'rehearsal',
    provedBy: WOKEN,
  },
  'Ropeway / Pools and scaling: First token of those that woke a pool, p95 (A)': {
    why: NO_COLD_START,
    answeredBy: 'rehearsal',
    provedBy: WOKEN,
  },
  'Ropeway / Pools and scaling: Quarantined, and for what (A)': {
    why: SOUND,
    answeredBy: 'cluster',
    provedBy: [TELEMETRY, 'shows why a worker is quarantined'],
  },
  'Ropeway / Pools and scaling: Demand: prompt tokens (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: SHOWN_WHAT_KEDA_IS_TOLD,
  },
  'Ropeway / Pools and scaling: KV cache in use, in full workers (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: SHOWN_POOL_BY_POOL,
  },
  'Ropeway / Pools and scaling: Pool is needed (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: SHOWN_WHAT_KEDA_IS_TOLD,
  },
  'Ropeway / Pools and scaling: Knows of every gateway (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: SHOWN_WHAT_KEDA_IS_TOLD,
  },
  'Ropeway / Pools and scaling: Gateways, as the scaler sees them (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: SHOWN_POOL_BY_POOL,
  },
  'Ropeway / Pools and scaling: Streams KEDA holds open (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: [SCALER_TELEMETRY, 'shows no demand rather than 0 while it does not know'],
  },
  'Ropeway / Pools and scaling: Calls of KEDA, by answer (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: COUNTED_BY_SCALER,
  },
  'Ropeway / Pools and scaling: Questions to gateways, by answer (A)': {
    why: NO_SCALER,
    answeredBy: 'rehearsal',
    provedBy: COUNTED_BY_SCALER,
  },
};

/** Names of the queries that this deployment answers. */
export function emptyAnsweredBy(deployment: Answering): readonly string[] {
  return Object.entries(EMPTY_ON_STANDALONE)
    .filter(([, { answeredBy }]) => answeredBy === deployment)
    .map(([name]) => name);
}
