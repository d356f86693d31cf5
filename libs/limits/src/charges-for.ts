// From limits as data and a request's amounts to the charges a limiter takes. Pure: the clock comes in.
import { calendarPeriod } from './calendar-period.ts';
import type { BudgetCharge, Charge, LimitKind, LimitScope, PlaceCharge, RateCharge } from './limiter.ts';
import type { Budget, Limits } from './limits.ts';

/** Whose limits, from the key's policy. */
export interface LimitsOfCaller {
  readonly tenant: string;
  /** Keys that were rotated from one another share it, and so their buckets (K6). */
  readonly lineage: string;
  readonly tenantLimits: Limits;
  readonly keyLimits: Limits;
  /** Largest prompt the plan allows: the least burst of token rates. null: `largestWindowTokens`. */
  readonly maxPromptTokens: number | null;
  /** IANA name, as in `Europe/Berlin`; calendar days and months are counted in it. */
  readonly timeZone: string;
}

/** Whole millionths of the currency for a million tokens (so a token costs price/1,000,000 millionths). */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface RequestAmounts {
  /** Prompt tokens of all prompts of the request; exact. */
  readonly inputTokens: number;
  /** Of them read from the cache, where known (settling); they cost `price.cached`. */
  readonly cachedTokens: number;
  /** Answers asked for: output counts as what is told to `meter`; KV n times is in `kvTokens`. */
  readonly kvTokens: number;
  /** Weight of the pool that serves; multiplies input and output in token limits. */
  readonly poolWeight: number;
  /** null: no price is set for this model and pool; money budgets are not touched. */
  readonly price: Price | null;
  /** `parked`: holds its place and its input, but neither output nor KV (decisions L3). */
  readonly phase: 'parked' | 'running';
}

export interface ChargesContext {
  /** Largest window of any pool: the default for `maxPromptTokens`. */
  readonly largestWindowTokens: number;
  /** Largest weight of any pool, so that the burst lets the largest prompt into the dearest pool. */
  readonly largestPoolWeight: number;
  /** Wall clock. The same for all charges of a request, settling included: it names the period its budgets are of. */
  readonly nowMs: number;
}

/** The request-rate limits of tenant and key: taken before the body is read. */
export type RequestCharges = (caller: LimitsOfCaller) => readonly RateCharge[];
/** All the other limits. Empty when the caller has none. */
export type ChargesFor = (
  caller: LimitsOfCaller,
  amounts: RequestAmounts,
  context: ChargesContext,
) => readonly Charge[];

export const requestCharges: RequestCharges = (caller) => {
  const ofTenant = caller.tenantLimits.requestsPerMinute;
  const ofKey = caller.keyLimits.requestsPerMinute;
  if (ofTenant === null && ofKey === null) return NONE;
  const charges: RateCharge[] = [];
  if (ofTenant !== null) charges.push(requestCharge('tenant', 'tenant', ofTenant));
  if (ofKey !== null) charges.push(requestCharge('key', `key:${caller.lineage}`, ofKey));
  return charges;
};

export const chargesFor: ChargesFor = (caller, amounts, context) => {
  const { tenantLimits, keyLimits } = caller;
  if (setsNothing(tenantLimits) && setsNothing(keyLimits)) return NONE;
  const charges: Charge[] = [];
  addCharges(charges, { scope: 'tenant', owner: 'tenant', limits: tenantLimits, caller, amounts, context });
  const owner = `key:${caller.lineage}`;
  addCharges(charges, { scope: 'key', owner, limits: keyLimits, caller, amounts, context });
  return charges;
};

/** Every limit of a caller, with nothing taken of it: for how they stand. */
export function untouchedCharges(caller: LimitsOfCaller, context: ChargesContext): readonly Charge[] {
  return [...requestCharges(caller), ...chargesFor(caller, NOTHING, context)];
}

/** With a price, so that budgets in money are among them. */
const NOTHING: RequestAmounts = {
  inputTokens: 0,
  cachedTokens: 0,
  kvTokens: 0,
  poolWeight: 1,
  price: { input: 0, cached: 0, output: 0 },
  phase: 'running',
};

const NONE: readonly never[] = [];
const MINUTE_MS = 60_000;
/** Bursts are ten seconds' worth, so that a rolling minute sees limit x 7/6 at most (limits page R1). */
const BURSTS_A_MINUTE = 6;
const MILLION = 1_000_000;

interface Part {
  readonly scope: LimitScope;
  /** Begins the name of every bucket. */
  readonly owner: string;
  readonly limits: Limits;
  readonly caller: LimitsOfCaller;
  readonly amounts: RequestAmounts;
  readonly context: ChargesContext;
}

function setsNothing(limits: Limits): boolean {
  return (
    limits.tokensPerMinute === null &&
    limits.inputTokensPerMinute === null &&
    limits.outputTokensPerMinute === null &&
    limits.concurrentRequests === null &&
    limits.concurrentKvTokens === null &&
    limits.budgets.length === 0
  );
}

function requestCharge(scope: LimitScope, owner: string, limit: number): RateCharge {
  const rate = { limit, periodMs: MINUTE_MS, burst: burstOf(limit, 1) };
  return { type: 'rate', kind: 'requests', scope, bucket: `${owner}:requests`, fixed: 1, perOutput: 0, rate };
}

function addCharges(charges: Charge[], part: Part): void {
  const { limits, amounts } = part;
  const isRunning = amounts.phase === 'running';
  const input = weighted(amounts.inputTokens, amounts.poolWeight);
  const perOutput = isRunning ? amounts.poolWeight : 0;
  if (limits.inputTokensPerMinute !== null)
    charges.push(tokenRate(part, 'input_tokens', limits.inputTokensPerMinute, input, 0));
  if (limits.tokensPerMinute !== null)
    charges.push(tokenRate(part, 'tokens', limits.tokensPerMinute, input, perOutput));
  if (limits.outputTokensPerMinute !== null && isRunning)
    charges.push(tokenRate(part, 'output_tokens', limits.outputTokensPerMinute, 0, perOutput));
  if (limits.concurrentRequests !== null)
    charges.push(places(part, 'concurrent_requests', limits.concurrentRequests, 1));
  if (limits.concurrentKvTokens !== null && isRunning)
    charges.push(places(part, 'concurrent_kv_tokens', limits.concurrentKvTokens, amounts.kvTokens));
  for (const budget of limits.budgets) {
    const charge = budgetCharge(part, budget, input, perOutput);
    if (charge !== null) charges.push(charge);
  }
}

function tokenRate(
  { scope, owner, caller, context }: Part,
  kind: 'tokens' | 'input_tokens' | 'output_tokens',
  limit: number,
  fixed: number,
  perOutput: number,
): RateCharge {
  // Output is reserved up to the burst and metered beyond it: only a prompt has to fit whole.
  const largestPrompt = (caller.maxPromptTokens ?? context.largestWindowTokens) * context.largestPoolWeight;
  const least = kind === 'output_tokens' ? 1 : Math.ceil(largestPrompt);
  const rate = { limit, periodMs: MINUTE_MS, burst: burstOf(limit, least) };
  return { type: 'rate', kind, scope, bucket: `${owner}:${kind}`, fixed, perOutput, rate };
}

function burstOf(limit: number, least: number): number {
  return Math.max(Math.ceil(limit / BURSTS_A_MINUTE), least, 1);
}

function places({ scope, owner }: Part, kind: LimitKind, limit: number, fixed: number): PlaceCharge {
  return { type: 'place', kind, scope, bucket: `${owner}:${kind}`, fixed, perOutput: 0, limit };
}

/** null: in money, and there is no price. */
function budgetCharge(
  { scope, owner, caller, amounts, context }: Part,
  { period, unit, limit }: Budget,
  inputTokens: number,
  tokensPerOutput: number,
): BudgetCharge | null {
  const { price } = amounts;
  if (unit === 'money' && price === null) return null;
  const inMoney = unit === 'money' && price !== null;
  const { fromMs, untilMs } = calendarPeriod(period, caller.timeZone, context.nowMs);
  return {
    type: 'budget',
    kind: period === 'day' ? 'day_budget' : 'month_budget',
    scope,
    // The period is part of the name: the first day of a month and the month begin at the same instant.
    bucket: `${owner}:${period}:budget:${unit}:${fromMs}`,
    lineage: scope === 'key' ? caller.lineage : null,
    fixed: inMoney ? inputCost(amounts, price) : inputTokens,
    perOutput: inMoney ? (amounts.phase === 'running' ? price.output / MILLION : 0) : tokensPerOutput,
    limit,
    unit,
    fromMs,
    untilMs,
  };
}

/** Whole millionths, rounded up. */
function inputCost({ inputTokens, cachedTokens }: RequestAmounts, price: Price): number {
  const cached = Math.min(Math.max(cachedTokens, 0), inputTokens);
  return Math.ceil(((inputTokens - cached) * price.input + cached * price.cached) / MILLION);
}

/** Whole tokens, rounded up; weights have a few decimals, which binary fractions must not push over the next whole. */
function weighted(tokens: number, weight: number): number {
  return Number.isInteger(weight)
    ? tokens * weight
    : Math.ceil((tokens * Math.round(weight * MILLION)) / MILLION);
}
