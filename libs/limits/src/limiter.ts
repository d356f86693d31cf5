// May they spend that now? The port: one atomic step over all limits of a request, or none. An amount is always set, never
// added: "this request now holds so much of that bucket". So a repeated call changes nothing, a spill is one step, and
// metering, settling and giving back are the same operation.

/** What is limited, in the words of the reply headers and of the refusal. */
export type LimitKind =
  | 'requests'
  | 'tokens'
  | 'input_tokens'
  | 'output_tokens'
  | 'concurrent_requests'
  | 'concurrent_kv_tokens'
  | 'day_budget'
  | 'month_budget';

/** Whose limit: all keys of the tenant together, or one key (with those it was rotated from). */
export type LimitScope = 'tenant' | 'key';

interface ChargeOf {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** Name of the bucket, unique within the tenant, as in `key:<lineage>:input_tokens`. */
  readonly bucket: string;
  /** What is held whatever the output: whole units. */
  readonly fixed: number;
  /** Held besides, for each output token; 0 where output does not count. May have a fraction (prices): products are rounded up. */
  readonly perOutput: number;
}

export interface RateLimit {
  /** Units granted per period. */
  readonly limit: number;
  readonly periodMs: number;
  /** Units that may come at once; at least one request. */
  readonly burst: number;
}

/** A rate (GCRA): amounts drain with time. */
export interface RateCharge extends ChargeOf {
  readonly type: 'rate';
  readonly rate: RateLimit;
}

/** A number of places: amounts are held until the reservation ends or its lease expires. */
export interface PlaceCharge extends ChargeOf {
  readonly type: 'place';
  readonly limit: number;
}

/** A calendar budget: amounts stay until the period ends. */
export interface BudgetCharge extends ChargeOf {
  readonly type: 'budget';
  readonly limit: number;
  readonly unit: 'tokens' | 'money';
  /** Of the key whose budget it is; null: the tenant's. What `BudgetTruth` is asked by. */
  readonly lineage: string | null;
  /** Start and end of the period, ms since 1970. Both name the bucket: a reservation stays in the period it began in. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export type Charge = RateCharge | PlaceCharge | BudgetCharge;

/** How one limit stands right after a decision. */
export interface Standing {
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** Of a budget, which may be in money (millionths) beside one in tokens; null where the kind says it. */
  readonly unit: 'tokens' | 'money' | null;
  readonly limit: number;
  /** Whole units that would be granted now; never below 0. */
  readonly remaining: number;
  /** Until the whole is free again; for places 0. */
  readonly resetMs: number;
}

export type Denial =
  | {
      readonly granted: false;
      /** `later`: the same would be granted after `retryAfterMs` if nobody else takes. */
      readonly why: 'later';
      readonly denied: Standing;
      readonly retryAfterMs: number;
      readonly standings: readonly Standing[];
    }
  /** The cost is above what the limit can ever grant: 400 `limit_too_small`. `cost` in the limit's unit. */
  | { readonly granted: false; readonly why: 'never'; readonly denied: Standing; readonly cost: number }
  /** Shared counters are away and this caller is strict (R7): 503. */
  | { readonly granted: false; readonly why: 'away'; readonly retryAfterMs: number };

export type TakeDecision = { readonly granted: true; readonly standings: readonly Standing[] } | Denial;
export type ReserveDecision =
  | { readonly granted: true; readonly reservation: Reservation; readonly standings: readonly Standing[] }
  | Denial;

/** Whose limits, and how they are treated when shared counters are away. */
export interface Spender {
  readonly tenant: string;
  /** Refused rather than counted locally when shared counters are away (prepaid or strict tenants). */
  readonly isStrict: boolean;
  /** A running answer is cut when one of its budgets is used up (`Reservation.exhausted`). */
  readonly isPrepaid: boolean;
}

export interface ReserveAsk {
  readonly spender: Spender;
  /** The gateway's own request id (decisions R6), never the client's. */
  readonly requestId: string;
  readonly charges: readonly Charge[];
  /** Output tokens reserved on top of what is fixed. */
  readonly outputTokens: number;
  /** Requests taken before (`take`) that go back if this is denied: all limits at once, or none. */
  readonly taken: readonly RateCharge[];
  /** `performance.now()` when they were taken: what has drained since is not given back. Absent: just now. */
  readonly takenAtMs?: number;
  /** `performance.now()` when the request came, which is the time of its row in the ledger. Absent: just now. */
  readonly startedMs?: number;
}

export interface Reservation {
  /**
   * Replaces what is held by other charges, atomically; a denial leaves what was held. For a spill, or for the output and KV
   * of a request that was parked. Buckets that are no longer named are given back.
   */
  change(charges: readonly Charge[], outputTokens: number): TakeDecision | Promise<TakeDecision>;
  /**
   * Output tokens streamed so far, in all. Costs next to nothing: sent on every 256 tokens or each second, in batches.
   * Beyond the reservation it becomes debt: never refused, but the next admission waits.
   */
  meter(outputTokens: number): void;
  /**
   * Of a prepaid spender with a budget: aborts when metering goes beyond what was reserved and the budget is used up. The
   * reason is the fault (`insufficient_quota`) that says which. null for all others.
   */
  readonly exhausted: AbortSignal | null;
  /**
   * What was really used. Sets rates and budgets to it, frees places. Idempotent (only the first counts), never throws, not
   * waited for: it is retried while shared counters are away. Refunds of rates shrink by the time since they were taken.
   */
  settle(used: Settlement): void;
}

export interface Settlement {
  readonly charges: readonly Charge[];
  readonly outputTokens: number;
}

/** Never throws; every wait inside is bounded by the command time-out (20 ms by default). */
export interface Limiter {
  /** Takes requests for good: the step before the body is read. A denial takes nothing. */
  take(spender: Spender, charges: readonly RateCharge[]): TakeDecision | Promise<TakeDecision>;
  /**
   * True: as far as this process knows these rates are far from their limits, so they need no question of their own and are taken
   * among the charges of `reserve`. Until `askingLater` they count as taken, so that no more are let through than there is room for.
   */
  mayTakeLater(spender: Spender, charges: readonly RateCharge[]): boolean;
  /** What `mayTakeLater` let through is asked for now, by `reserve` or `take`. Once for each. */
  askingLater(spender: Spender, charges: readonly RateCharge[]): void;
  /** Takes all charges or none. The same request id again replaces what it holds. */
  reserve(ask: ReserveAsk): ReserveDecision | Promise<ReserveDecision>;
  /** How limits stand, taking nothing: for GET /v1/limits and the admin API. */
  standings(spender: Spender, charges: readonly Charge[]): Promise<readonly Standing[]>;
  /**
   * How those rates stand that this process knows of, as last heard and drained since: asks nobody and takes nothing. For replies
   * that need no decision. What was never heard of is left out, and what other gateways took since is not in it.
   */
  lastKnown(spender: Spender, charges: readonly Charge[]): readonly Standing[];
  stats(): LimiterStats;
  /** Sends what is metered and settled but not sent yet; resolves when done or when the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How counting goes, for metrics. */
export interface LimiterStats {
  /** `memory`: by choice, in this process alone. `local`: shared counters are away; this process counts its part. */
  readonly mode: 'redis' | 'local' | 'memory';
  /** Gateways that share the counters, as last known. */
  readonly replicas: number;
  /** Since the start. */
  readonly breakerOpens: number;
  /** Commands that failed or were not answered in time, since the start. */
  readonly errors: number;
  /** So long in this mode; 0 for memory. */
  readonly sinceMs: number;
  /** Settled requests that shared counters do not know of yet, and those dropped because they were too many. */
  readonly waitingSettles: number;
  readonly droppedSettles: number;
}

/** What one request holds of one limit. */
export interface HeldAmount {
  readonly charge: Charge;
  readonly amount: number;
}

/** Where a budget that shared counters have forgotten is read again: the ledger. Whole units used in the period. */
export interface BudgetTruth {
  used(
    tenant: string,
    /** null: of the whole tenant. */
    lineage: string | null,
    unit: 'tokens' | 'money',
    fromMs: number,
    untilMs: number,
    signal: AbortSignal,
  ): Promise<number>;
}
