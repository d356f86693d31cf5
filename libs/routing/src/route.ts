// Values the router takes and gives. Everything here is plain data; the arithmetic is in choose-route.ts.
import type { Fault, OutputBudgetSource, Rope } from '#protocol';
import type { PoolView, PrefixChain, WorkerView } from '#workers';

export interface RoutePolicy {
  /** Output tokens assumed for a chat that states none. Only places; never sent. Default 8,192. */
  readonly assumedOutputTokens: number;
  /** What to do with a stated budget that fits no window: refuse (400), or clip it openly. */
  readonly overBudget: 'refuse' | 'clip';
  /** Go up one factor after this long without room; null waits. */
  readonly spillAfterMs: number | null;
  /** Outstanding uncached prompt tokens a worker above which it is full. Default 16,384. */
  readonly fullQueuedTokens: number;
}

/** What a key's scopes leave of a model's pools. */
export interface RouteScope {
  /** Names; null = any. */
  readonly pools: readonly string[] | null;
  /** Largest window; null = any. */
  readonly maxWindowTokens: number | null;
}

export interface RouteQuery {
  readonly model: string;
  readonly promptTokens: number;
  /** null: the body states none. */
  readonly statedOutput: {
    readonly tokens: number;
    readonly source: 'max_completion_tokens' | 'max_tokens';
  } | null;
  /** Text completions without max_tokens get vLLM's 16, not the assumed output. */
  readonly kind: 'chat' | 'text';
  /** Answers per prompt, for the KV estimate. */
  readonly answers: number;
  readonly pinnedPool: string | null;
  /** Pools the caller's key may use; null = all. */
  readonly scope: RouteScope | null;
  readonly chain: PrefixChain | null;
  /** How long the request has waited for room; 0 at first. */
  readonly waitedMs: number;
  /** Workers this request must not be sent to again (they failed it). */
  readonly excluded: readonly string[];
  /**
   * Any whole number >= 0, another for each request (a counter): workers that cost the same take turns by it.
   * Absent = 0: the first declared wins every tie.
   */
  readonly tieBreak?: number;
  /** Gateways that send work to these workers, this one included (decision K2). Absent = 1. */
  readonly gateways?: number;
}

/** One word a reason, the same in headers, logs, metrics and `/v1/route`. */
export type RouteReason = 'smallest-rope' | 'output-budget' | 'pinned' | 'spill' | 'prompt-only' | 'clipped';

export interface Demand {
  readonly promptTokens: number;
  readonly outputBudget: number;
  readonly outputBudgetSource: OutputBudgetSource;
  /** promptTokens + outputBudget */
  readonly tokens: number;
}

/**
 * Why a request did not go to a pool (why-not.ts), in the order they are asked: the first that holds is the reason. The same words in `/v1/route`, the record of a request
 * and debug lines. `too-short` is said of every pool that does not fit and of no other.
 */
export const WHY_NOT = [
  'too-short',
  'out-of-scope',
  'not-pinned',
  'larger-rope',
  'no-ready-worker',
  'failed',
  'full',
  'not-the-cheapest',
] as const;

export type WhyNot = (typeof WHY_NOT)[number];

export function isWhyNot(word: string): word is WhyNot {
  return (WHY_NOT as readonly string[]).includes(word);
}

export interface PoolFit {
  readonly name: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  readonly fits: boolean;
  /** window - demand; negative = short by so much. */
  readonly headroom: number;
  /** null: it was chosen (or is waited for). */
  readonly whyNot: WhyNot | null;
}

export interface RankedWorker {
  readonly worker: WorkerView;
  /** Prompt tokens this worker would probably have to compute: what the lease is told as `uncachedTokens`. */
  readonly uncachedTokens: number;
}

export interface Dispatch {
  readonly kind: 'dispatch';
  readonly demand: Demand;
  readonly pools: readonly PoolFit[];
  readonly pool: PoolView;
  /** The pool this is demand for: the one it goes to, but for a spill the one that had no room. */
  readonly need: PoolView;
  readonly reason: RouteReason;
  /** Best first, at most RANKED_WORKERS (rank-workers.ts), all of `pool`; the rest are where a retry goes. */
  readonly workers: readonly RankedWorker[];
  /** The output the worker must be told, when the stated one was clipped; else null. */
  readonly clippedOutput: number | null;
}

export interface Wait {
  readonly kind: 'wait';
  readonly demand: Demand;
  readonly pools: readonly PoolFit[];
  /** The smallest rope that fits: what this is demand for. */
  readonly pool: PoolView;
  readonly reason: RouteReason;
  /** Pools in which room would help, smallest rope first. */
  readonly waitFor: readonly string[];
  /** No worker of these pools may be given work at all (as opposed to full). */
  readonly unavailable: boolean;
  /** Every worker there is to wait for has failed this request (`excluded`): waiting does not help it. */
  readonly exhausted: boolean;
  /** Ask again after this long even if no room appears (a spill falls due); null = no need. */
  readonly askAgainMs: number | null;
  readonly clippedOutput: number | null;
}

interface Refusal {
  readonly kind: 'refuse';
  readonly demand: Demand | null;
  readonly pools: readonly PoolFit[];
  readonly fault: Fault;
}

/** A pool was found, if not always room in it. */
export type Route = Dispatch | Wait;

export type RouteDecision = Route | Refusal;
