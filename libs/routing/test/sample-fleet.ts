// Fleets and queries for tests of routing: plain values, everything with a quiet default.
import { Fault, type Rope } from '#protocol';
import { NOTHING_COMING, type PoolView, type WorkerLoad, type WorkerView } from '#workers';
import type { RouteDecision, RoutePolicy, RouteQuery } from '../src/route.ts';

export const POLICY: RoutePolicy = {
  assumedOutputTokens: 8_192,
  overBudget: 'refuse',
  spillAfterMs: null,
  fullQueuedTokens: 16_384,
};

const IDLE: WorkerLoad = {
  requests: 0,
  promptTokens: 0,
  queuedTokens: 0,
  kvTokensUsed: 0,
  kvTokens: 450_000,
  scrapedKvUsage: null,
};

/** More queued prompt tokens than a worker may have. */
export const FULL: Partial<WorkerLoad> = { requests: 3, queuedTokens: 16_384, promptTokens: 16_384 };

export type SampleWorker = Partial<Omit<WorkerView, 'load'>> & { readonly load?: Partial<WorkerLoad> };

export function sampleWorker(id: string, sample: SampleWorker = {}): WorkerView {
  return {
    id,
    pool: 'default',
    state: 'ready',
    reason: '',
    share: 1,
    isRefusing: false,
    isStalled: false,
    breaker: 'closed',
    matchPrefix: () => 0,
    ...sample,
    load: { ...IDLE, ...sample.load },
  };
}

export function samplePool(factor: number, windowTokens: number, workers: readonly WorkerView[]): PoolView {
  const rope: Rope = factor === 1 ? { type: 'default', factor: 1 } : { type: 'yarn', factor };
  const name = factor === 1 ? 'default' : `yarn-${factor}`;
  return {
    name,
    model: 'qwq-32b',
    servedName: 'qwq-32b',
    rope,
    windowTokens,
    workers,
    coming: NOTHING_COMING,
  };
}

/** The quickstart's three pools. `samples`: one list of workers for each pool; absent = one idle worker. */
export function threePools(
  samples: { readonly 1?: SampleWorker[]; readonly 2?: SampleWorker[]; readonly 4?: SampleWorker[] } = {},
): { readonly pools: readonly PoolView[] } {
  const workers = (factor: 1 | 2 | 4): WorkerView[] =>
    (samples[factor] ?? [{}]).map((sample, at) => sampleWorker(`http://w${factor}-${at}`, sample));
  return {
    pools: [
      samplePool(4, 131_072, workers(4)),
      samplePool(1, 40_960, workers(1)),
      samplePool(2, 65_536, workers(2)),
    ],
  };
}

export function sampleQuery(promptTokens: number, sample: Partial<RouteQuery> = {}): RouteQuery {
  return {
    model: 'qwq-32b',
    promptTokens,
    statedOutput: null,
    kind: 'chat',
    answers: 1,
    pinnedPool: null,
    scope: null,
    chain: null,
    waitedMs: 0,
    excluded: [],
    ...sample,
  };
}

/** A query that states `max_tokens`. */
export function statingQuery(
  promptTokens: number,
  outputTokens: number,
  sample: Partial<RouteQuery> = {},
): RouteQuery {
  return sampleQuery(promptTokens, {
    statedOutput: { tokens: outputTokens, source: 'max_tokens' },
    ...sample,
  });
}

/** What a test compares of a decision. */
export function summary(decision: RouteDecision): Record<string, unknown> {
  switch (decision.kind) {
    case 'refuse':
      return { refuse: decision.fault.code, param: decision.fault.param };
    case 'wait':
      return {
        wait: decision.waitFor,
        reason: decision.reason,
        unavailable: decision.unavailable,
        askAgainMs: decision.askAgainMs,
      };
    case 'dispatch':
      return { pool: decision.pool.name, reason: decision.reason, workers: decision.workers.map(idOf) };
  }
}

export function faultOf(decision: RouteDecision): Fault {
  if (decision.kind !== 'refuse') return new Fault('internal_error', { message: 'not refused' });
  return decision.fault;
}

function idOf({ worker }: { readonly worker: WorkerView }): string {
  return worker.id;
}
