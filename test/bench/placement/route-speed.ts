// What one route decision costs in real time: 50 workers, a long prompt, everybody sharing its first chunks.
import { chooseRoute, type RouteQuery } from '#routing';
import { NOTHING_COMING, type PoolView, PrefixIndex, prefixChain, type WorkerView } from '#workers';
import { seededRandom } from '../../seeded-random.ts';
import { DEFAULT_POLICY } from './ropeway-policy.ts';

export interface RouteSpeed {
  readonly workers: number;
  readonly chunks: number;
  /** Microseconds for one chooseRoute, mean over the rounds. */
  readonly chooseRouteUs: number;
  /** Milliseconds to hash a prompt of 600 KB. */
  readonly prefixChainMs: number;
}

const WORKERS = 50;
const ROUNDS = 5_000;

export function measureRouteSpeed(): RouteSpeed {
  const random = seededRandom(1);
  const text = Array.from({ length: 100_000 }, () => Math.floor(random() * 1e6).toString(36))
    .join(' ')
    .slice(0, 600_000);
  const promptTokens = 120_000;
  const chain = prefixChain([text], promptTokens);
  const pool = poolOf(
    Array.from({ length: WORKERS }, (_, at) => workerView(at, random, chain.hashes.slice(0, 20 + at))),
  );
  const query: RouteQuery = {
    model: 'qwq-32b',
    promptTokens,
    statedOutput: null,
    kind: 'chat',
    answers: 1,
    pinnedPool: null,
    scope: null,
    chain,
    waitedMs: 0,
    excluded: [],
  };
  const route = (turn: number): unknown =>
    chooseRoute({ ...query, tieBreak: turn }, { pools: [pool] }, DEFAULT_POLICY);
  return {
    workers: WORKERS,
    chunks: chain.hashes.length,
    chooseRouteUs: 1_000 * meanMs(ROUNDS, route),
    prefixChainMs: meanMs(50, () => prefixChain([text], promptTokens)),
  };
}

function meanMs(rounds: number, run: (round: number) => unknown): number {
  for (let round = 0; round < rounds; round++) run(round);
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round++) run(round);
  return (performance.now() - startedMs) / rounds;
}

function workerView(at: number, random: () => number, hashes: readonly number[] | Float64Array): WorkerView {
  const index = new PrefixIndex(1_757);
  index.insert({ hashes, tokensPerChunk: 200 });
  return {
    id: `http://worker-${at}`,
    pool: 'yarn-4',
    state: 'ready',
    reason: '',
    share: 1,
    isRefusing: false,
    isStalled: false,
    breaker: 'closed',
    load: {
      requests: Math.floor(random() * 20),
      promptTokens: random() * 200_000,
      queuedTokens: random() * 20_000,
      kvTokensUsed: random() * 300_000,
      kvTokens: 450_000,
      scrapedKvUsage: null,
    },
    matchPrefix: (chain) => index.match(chain),
  };
}

function poolOf(workers: readonly WorkerView[]): PoolView {
  return {
    name: 'yarn-4',
    model: 'qwq-32b',
    servedName: 'qwq-32b',
    rope: { type: 'yarn', factor: 4 },
    windowTokens: 131_072,
    workers,
    coming: NOTHING_COMING,
  };
}
