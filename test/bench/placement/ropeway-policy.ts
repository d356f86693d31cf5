// Ropeway's own placement as it ships, chooseRoute and PrefixIndex, behind the replay's port: the trace's 512-token
// blocks take the place of the prompt's hashed text. Nothing here decides anything.
import type { Rope } from '#protocol';
import { chooseRoute, type RoutePolicy, type RouteQuery } from '#routing';
import {
  type FleetSnapshot,
  NOTHING_COMING,
  type PoolView,
  type PrefixChain,
  PrefixIndex,
  type WorkerView,
} from '#workers';
import type { GatewayBook, WorkerBook } from './gateway-book.ts';
import { BLOCK_TOKENS } from './kv-cache.ts';
import type { Placed, PlacementPolicy } from './replay.ts';
import type { ReplayRequest } from './replay-request.ts';

interface PoolLayout {
  readonly name: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  readonly workers: number;
}

/** The slices of the bars: eight equal workers, one pool that takes every request of the trace. */
const ONE_POOL: readonly PoolLayout[] = [
  { name: 'all', rope: { type: 'default', factor: 1 }, windowTokens: 131_072, workers: 8 },
];
/** The study's only static split of eight that never diverged. */
export const SPLIT_5_3: readonly PoolLayout[] = [
  { name: 'default', rope: { type: 'default', factor: 1 }, windowTokens: 40_960, workers: 5 },
  { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, windowTokens: 131_072, workers: 3 },
];

/** As configured by default. The traces' true output lengths stand in for `max_tokens`, so nothing is assumed. */
export const DEFAULT_POLICY: RoutePolicy = {
  assumedOutputTokens: 8_192,
  overBudget: 'refuse',
  spillAfterMs: null,
  fullQueuedTokens: 16_384,
};

interface RopewayOptions {
  readonly layout?: readonly PoolLayout[];
  readonly policy?: RoutePolicy;
  readonly kvTokens?: number;
  readonly indexBlocks?: number;
}

export class RopewayPolicy implements PlacementPolicy {
  readonly #policy: RoutePolicy;
  readonly #layout: readonly PoolLayout[];
  readonly #workers: readonly ModelledWorker[];
  readonly #snapshot: FleetSnapshot;
  #turn = 0;
  /** Requests sent to a pool whose window is below their demand; must stay 0. */
  misplaced = 0;

  constructor(book: GatewayBook, options: RopewayOptions = {}) {
    const { layout = ONE_POOL, policy = DEFAULT_POLICY, kvTokens = 450_000, indexBlocks = 878 } = options;
    this.#policy = policy;
    this.#layout = layout;
    const names = layout.flatMap(({ name, workers }) => Array.from({ length: workers }, () => name));
    this.#workers = names.map(
      (pool, index) => new ModelledWorker(index, pool, book.of(index), kvTokens, indexBlocks),
    );
    this.#snapshot = { pools: layout.map((pool) => poolView(pool, this.#workers)) };
  }

  place(request: ReplayRequest): Placed | null {
    const query = queryOf(request, this.#turn);
    const decision = chooseRoute(query, this.#snapshot, this.#policy);
    if (decision.kind === 'refuse') throw decision.fault;
    if (decision.kind === 'wait') return null;
    const [first] = decision.workers;
    const worker = this.#workers.find(({ id }) => id === first?.worker.id);
    if (!first || !worker) throw new RangeError('a dispatch without a worker');
    this.#turn++;
    if (decision.pool.windowTokens < request.promptTokens + request.outputTokens) this.misplaced++;
    if (query.chain) worker.index.insert(query.chain);
    return { worker: worker.number, uncachedTokens: first.uncachedTokens };
  }

  lineOf({ promptTokens, outputTokens }: ReplayRequest): string {
    return this.#layout.find((pool) => pool.windowTokens >= promptTokens + outputTokens)?.name ?? '';
  }
}

/** As the fleet shows a worker, with this gateway's own figures only: nothing is scraped. */
class ModelledWorker implements WorkerView {
  readonly id: string;
  readonly state = 'ready';
  readonly reason = '';
  readonly share = 1;
  readonly isRefusing = false;
  readonly isStalled = false;
  readonly breaker = 'closed';
  readonly number: number;
  readonly pool: string;
  readonly index: PrefixIndex;
  readonly load: WorkerView['load'];

  constructor(number: number, pool: string, book: WorkerBook, kvTokens: number, indexBlocks: number) {
    this.number = number;
    this.id = `http://worker-${number}`;
    this.pool = pool;
    this.index = new PrefixIndex(indexBlocks);
    this.load = {
      scrapedKvUsage: null,
      get requests() {
        return book.requests;
      },
      get promptTokens() {
        return book.promptTokens;
      },
      get queuedTokens() {
        return book.queuedTokens;
      },
      get kvTokensUsed() {
        return book.promptTokens + book.generatedTokens;
      },
      kvTokens,
    };
  }

  matchPrefix(chain: PrefixChain): number {
    return this.index.match(chain);
  }
}

function queryOf(request: ReplayRequest, turn: number): RouteQuery {
  return {
    model: 'qwq-32b',
    promptTokens: request.promptTokens,
    statedOutput: { tokens: request.outputTokens, source: 'max_tokens' },
    kind: 'chat',
    answers: 1,
    pinnedPool: null,
    scope: null,
    chain: { hashes: request.blocks.slice(0, request.fullBlocks), tokensPerChunk: BLOCK_TOKENS },
    waitedMs: 0,
    excluded: [],
    tieBreak: turn,
  };
}

function poolView(layout: PoolLayout, workers: readonly ModelledWorker[]): PoolView {
  return {
    name: layout.name,
    model: 'qwq-32b',
    servedName: 'qwq-32b',
    rope: layout.rope,
    windowTokens: layout.windowTokens,
    workers: workers.filter(({ pool }) => pool === layout.name),
    coming: NOTHING_COMING,
  };
}
