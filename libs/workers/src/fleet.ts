// Who is there and how loaded? The port between whoever finds workers (configuration now, Kubernetes later)
// and whoever routes to them. Counters are the gateway's own; scrapes only correct them.
import type { Fault, Rope } from '#protocol';
import type { Defect, QuarantineCause } from './defect.ts';

/** As declared: what the operator says this pool is. A worker that shows something else is quarantined. */
export interface PoolDeclaration {
  readonly name: string;
  /** Id of the model in the configuration. */
  readonly model: string;
  /** Name the workers serve the model under. */
  readonly servedName: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  /** KV tokens a worker holds when its metrics do not say (`vllm:cache_config_info`). */
  readonly kvTokensPerWorker: number;
  readonly workers: readonly WorkerDeclaration[];
  /** The workers' own API key (vLLM --api-key); never the client's. */
  readonly apiKey: string | null;
  /** PEM of the certificate authority for https workers; null uses the system's. */
  readonly ca: string | null;
  /** The Kubernetes Service whose endpoints its workers are, where they are found by Services. Default: its name. */
  readonly service?: string;
}

export interface WorkerDeclaration {
  /** Origin, as in `http://10.0.0.7:8000`; also the worker's id. */
  readonly url: string;
  /** The pod's uid: the same address with another uid is another worker. */
  readonly uid?: string;
  /** The pod's name, for people. */
  readonly name?: string;
  /** Why it must not be used, whatever it answers; it is quarantined with this. */
  readonly defect?: Defect;
  /** Why it takes nothing new for now (its pod is not Ready): it is `down` with this reason, and keeps what it has. */
  readonly pause?: string;
}

/** Why no pod of a pool that is on its way can start, as Kubernetes says it. */
export interface Obstacle {
  readonly kind: 'unschedulable' | 'image' | 'crash-loop' | 'config';
  /** Kubernetes' own words. */
  readonly detail: string;
  /** Of the fleet's clock. */
  readonly sinceMs: number;
}

/** What is on its way to a pool: nothing, where workers are declared in the configuration. */
export interface PoolComing {
  /** Pods that are there, not going, and not Ready yet. */
  readonly pods: number;
  /** null: none is known to be stuck, or another one of them may still come. */
  readonly obstacle: Obstacle | null;
}

export const NOTHING_COMING: PoolComing = { pods: 0, obstacle: null };

/** `starting`: never seen ready. `ready`: takes work. `down`: does not answer, or its pod is not Ready. `draining`: finishes what it has. `quarantined`: must not be used, see reason. */
export type WorkerState = 'starting' | 'ready' | 'down' | 'draining' | 'quarantined';

/** A chain of hashes over the rendered prompt's chunks: equal chains up to k mean equal prompts up to k chunks. */
export interface PrefixChain {
  /** Chained hash of each whole chunk, first to last. */
  readonly hashes: readonly number[] | Float64Array;
  /** Tokens one chunk stands for: exact for trace blocks, prompt tokens / chunks for text. */
  readonly tokensPerChunk: number;
}

export interface WorkerLoad {
  /** Requests sent and not finished. */
  readonly requests: number;
  /** Sum of their prompt tokens. */
  readonly promptTokens: number;
  /** Uncached prompt tokens of requests sent and without a first token. */
  readonly queuedTokens: number;
  /** KV tokens this gateway believes in use, 0..kvTokens and beyond. */
  readonly kvTokensUsed: number;
  readonly kvTokens: number;
  /** KV use as the worker itself said last, 0..1, whoever uses it; null when it does not say, or has not for long. */
  readonly scrapedKvUsage: number | null;
}

/** Of a certificate, Unix time. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface WorkerView {
  /** The worker's URL. */
  readonly id: string;
  /** The pod's name; absent or null where it is not known. */
  readonly name?: string | null;
  readonly pool: string;
  readonly state: WorkerState;
  /** Why it is not ready, for people; empty when ready. */
  readonly reason: string;
  /** What it is quarantined for; absent or null in every other state. */
  readonly quarantine?: QuarantineCause | null;
  /** Of the certificate it showed last; absent or null without TLS. */
  readonly certificate?: Validity | null;
  /** 0 < share <= 1: a worker just back gets its share gradually. */
  readonly share: number;
  /** Said "queue full" within the last second. */
  readonly isRefusing: boolean;
  /** Accepts work and makes no progress. */
  readonly isStalled: boolean;
  /** Circuit breaker: `open` takes nothing; `half-open` takes one probe request. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  readonly load: WorkerLoad;
  /** Since its own metrics were last read; absent or null: never. */
  readonly scrapeAgeMs?: number | null;
  /** Whole chunks at the head of the chain this worker probably holds. Does not reorder the index. */
  matchPrefix(chain: PrefixChain): number;
}

export interface PoolView {
  readonly name: string;
  readonly model: string;
  readonly servedName: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  readonly workers: readonly WorkerView[];
  readonly coming: PoolComing;
}

export interface FleetSnapshot {
  /** Pools of every model. */
  readonly pools: readonly PoolView[];
}

export interface LeaseTerms {
  readonly promptTokens: number;
  /** Prompt tokens the worker must compute; the router's estimate at dispatch. */
  readonly uncachedTokens: number;
  /** KV the request may come to hold: prompt + output budget, times answers. */
  readonly demandTokens: number;
  readonly chain: PrefixChain | null;
}

/** How a leg ended, as far as the worker is concerned; only `failed` and `timed-out` count against its breaker. */
export type LeaseOutcome =
  | 'finished'
  | 'client-closed'
  | 'rejected'
  | 'queue-full'
  | 'failed'
  | 'timed-out'
  | 'cancelled';

/** A place on one worker. Idempotent; `release` exactly once in `finally`. */
export interface Lease {
  readonly worker: WorkerView;
  readonly endpoint: WorkerEndpoint;
  /** Aborted (with a Fault as reason) when the worker is found dead or gone while the request runs: end the stream. */
  readonly lost: AbortSignal;
  /** The first token came: its prefill no longer queues. */
  firstToken(): void;
  /** Tokens that came since the last call; feeds stall detection and KV use. Cheap: called per frame. */
  progress(tokens: number): void;
  /** Aborts `lost` with this fault, once: the holder's own reason to end (a revoked key, a used-up budget), too. */
  lose(fault: Fault): boolean;
  release(outcome: LeaseOutcome): void;
}

export interface WorkerEndpoint {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly ca: string | null } | null;
  readonly apiKey: string | null;
  readonly servedName: string;
}

export interface Fleet {
  /** A live view, cheap to take (no copying per worker per request). Valid until the next await. */
  snapshot(): FleetSnapshot;
  /** Takes a place on a worker; null when it stopped being ready since the snapshot. */
  lease(workerId: string, terms: LeaseTerms): Lease | null;
  /**
   * Resolves when room may have appeared in one of the pools (a release, a first token, a worker that came up), first
   * come first served; rejects with the signal's reason. `false` at once when the fleet is closed.
   * Woken, look again at once: take a lease, or call this again and the next in line is woken. `who` (by default the
   * signal itself) must be the same object in every call of one request: it keeps the place in line.
   */
  waitForRoom(pools: readonly string[], signal: AbortSignal, who?: object): Promise<boolean>;
  /** Requests that wait for room in this pool, among others. */
  waitingFor(pool: string): number;
  /** Replaces the declarations; workers that stay keep their state and leases. */
  declare(pools: readonly PoolDeclaration[]): void;
  /** Resolves once every declared worker was looked at at least once, or the signal aborts. */
  firstLook(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
