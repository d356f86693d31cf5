// What we promise, as data: recording rules, burn alerts and the table of docs/slo.md are made from it (`npm run docs`).
// A bound is a bucket of the histogram it is read from; a test holds that, and that every prompt length has one.
import { METRICS, type PromptLength } from '#telemetry';

export interface Objective {
  /** In the names of the rules. */
  readonly id: 'availability' | 'first_token' | 'overhead';
  /** In the name of its alert. */
  readonly alert: string;
  /** Share of the events that must be good, over WINDOW. */
  readonly goal: number;
  /** What is counted, in PromQL, per namespace. */
  readonly indicators: readonly Indicator[];
  /** The words of the rules: `ropeway:<id>_<bad>:ratio_rate5m`. */
  readonly bad: 'error' | 'slow';
  /** For people. */
  readonly good: string;
  readonly events: string;
  readonly whenBurning: string;
}

export interface Indicator {
  /** Labels the rules add, as in prompt_length. */
  readonly labels: Readonly<Record<string, string>>;
  /** Rates over five minutes, by namespace; there while a gateway is, 0 while nothing happens. */
  readonly badRate: string;
  readonly goodAndBadRate: string;
  /** For people: what a good event is. */
  readonly bound: string;
}

/** The time an objective is for, and its budget. */
export const WINDOW = '30d';

/**
 * Twice the prefill of the longest prompt of the class at 4,000 tokens a second (one to compute, one to wait for), at the nearest
 * bucket; 2.5 s at least.
 */
export const FIRST_TOKEN_BOUNDS: Readonly<Record<PromptLength, number>> = {
  '0-1k': 2.5,
  '1k-4k': 2.5,
  '4k-16k': 10,
  '16k-32k': 20,
  '32k-40k': 20,
  '40k-64k': 40,
  '64k-128k': 80,
  '128k-': 80,
};

/** The target for a cold prompt of 100,000 tokens is 40 ms: what takes longer is held up by something. */
export const OVERHEAD_BOUND = 0.05;

/** There while a gateway is: what an indicator is 0 on when nothing has happened yet. */
const NOTHING = `0 * sum by (namespace) (${METRICS.inFlight.name})`;

export const OBJECTIVES: readonly Objective[] = [
  {
    id: 'availability',
    alert: 'RopewayAvailabilityBurns',
    goal: 0.995,
    indicators: [availability()],
    bad: 'error',
    good: 'answered to its end',
    events: 'requests that were answered, or not because of us',
    whenBurning: 'Requests fail that should not.',
  },
  {
    id: 'first_token',
    alert: 'RopewayFirstTokenBurns',
    goal: 0.95,
    indicators: Object.entries(FIRST_TOKEN_BOUNDS).map(([length, bound]) => firstToken(length, bound)),
    bad: 'slow',
    good: 'first token in time',
    events: 'streams that had a first token and did not wake a pool',
    whenBurning: 'First tokens come late.',
  },
  {
    id: 'overhead',
    alert: 'RopewayOverheadBurns',
    goal: 0.99,
    indicators: [overhead()],
    bad: 'slow',
    good: 'little time in the gateway itself',
    events: 'completed requests',
    whenBurning: 'The gateway itself is slow.',
  },
];

/** A fault whose owner is not the client is what a tenant calls an outage: each is a 5xx, or a stream that broke. */
function availability(): Indicator {
  const badRate = `sum by (namespace) (rate(${METRICS.faults.name}{owner!="client"}[5m])) or ${NOTHING}`;
  const good = `sum by (namespace) (rate(${METRICS.requests.name}{outcome="completed"}[5m])) or ${NOTHING}`;
  return {
    labels: {},
    badRate,
    goodAndBadRate: `(${good}) + (${badRate})`,
    bound: 'not failed or refused by us',
  };
}

function firstToken(length: string, bound: number): Indicator {
  const selector = `cold="false",prompt_length="${length}"`;
  return { labels: { prompt_length: length }, ...slower(METRICS.firstToken.name, selector, bound) };
}

function overhead(): Indicator {
  return { labels: {}, ...slower(METRICS.overhead.name, '', OVERHEAD_BOUND) };
}

function slower(name: string, selector: string, bound: number): Omit<Indicator, 'labels'> {
  const sum = (series: string, labels: readonly string[]) =>
    `sum by (namespace) (rate(${series}${selectorOf(labels)}[5m]))`;
  const all = sum(`${name}_count`, [selector]);
  const inTime = sum(`${name}_bucket`, [selector, leOf(bound)]);
  return {
    badRate: `clamp_min(${all} - ${inTime}, 0) or ${NOTHING}`,
    goodAndBadRate: `${all} or ${NOTHING}`,
    bound: `within ${bound < 1 ? `${bound * 1000} ms` : `${bound} s`}`,
  };
}

function selectorOf(labels: readonly string[]): string {
  const given = labels.filter((each) => each !== '');
  return given.length === 0 ? '' : `{${given.join(',')}}`;
}

/** A whole bound is `10` in Prometheus' text format and `10.0` in OpenMetrics, and since Prometheus 3 in both. */
function leOf(bound: number): string {
  return Number.isInteger(bound) ? `le=~"${bound}([.]0)?"` : `le="${bound}"`;
}
