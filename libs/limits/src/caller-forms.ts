// A caller's charges with nothing in them. Made once and shared by all its requests: the name of a bucket is put together once, and
// is the same string ever after, which is most of what looking it up costs.
import { calendarPeriod } from './calendar-period.ts';
import type { BudgetCharge, LimitScope, PlaceCharge, RateCharge } from './limiter.ts';
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

const MINUTE_MS = 60_000;
/** Bursts are ten seconds' worth, so that a rolling minute sees limit x 7/6 at most (limits page R1). */
const BURSTS_A_MINUTE = 6;

interface Owner {
  readonly scope: LimitScope;
  /** Begins the name of every bucket. */
  readonly name: string;
  readonly lineage: string | null;
  readonly limits: Limits;
}

export class CallerForms {
  /** The request rates; whole as they are. */
  readonly requests: readonly RateCharge[];
  readonly budgets: readonly BudgetForm[];
  /** Anything but request rates. */
  readonly setsAny: boolean;
  readonly #owners: readonly Owner[];
  #largestPrompt = 0;
  #fitting: readonly (RateCharge | PlaceCharge)[];

  constructor({ lineage, tenantLimits, keyLimits, timeZone }: LimitsOfCaller) {
    const owners: readonly Owner[] = [
      { scope: 'tenant', name: 'tenant', lineage: null, limits: tenantLimits },
      { scope: 'key', name: `key:${lineage}`, lineage, limits: keyLimits },
    ];
    this.#owners = owners;
    this.requests = owners.flatMap(requestForms);
    this.budgets = owners.flatMap((owner) =>
      owner.limits.budgets.map((budget) => new BudgetForm(owner, budget, timeZone)),
    );
    this.#fitting = owners.flatMap((owner) => forms(owner, 0));
    this.setsAny = this.#fitting.length + this.budgets.length > 0;
  }

  /** Token rates and places. A prompt of so many weighted tokens fits into the bursts. */
  fitting(largestPrompt: number): readonly (RateCharge | PlaceCharge)[] {
    if (largestPrompt !== this.#largestPrompt) {
      this.#largestPrompt = largestPrompt;
      this.#fitting = this.#owners.flatMap((owner) => forms(owner, largestPrompt));
    }
    return this.#fitting;
  }
}

class BudgetForm {
  readonly #owner: Owner;
  readonly #budget: Budget;
  readonly #timeZone: string;
  #form: BudgetCharge | null = null;

  constructor(owner: Owner, budget: Budget, timeZone: string) {
    this.#owner = owner;
    this.#budget = budget;
    this.#timeZone = timeZone;
  }

  /** Of the period this instant is in. */
  at(nowMs: number): BudgetCharge {
    const form = this.#form;
    if (form !== null && form.fromMs <= nowMs && nowMs < form.untilMs) return form;
    const fresh = this.#make(nowMs);
    this.#form = fresh;
    return fresh;
  }

  #make(nowMs: number): BudgetCharge {
    const { scope, name, lineage } = this.#owner;
    const { period, unit, limit } = this.#budget;
    const { fromMs, untilMs } = calendarPeriod(period, this.#timeZone, nowMs);
    return {
      type: 'budget',
      kind: period === 'day' ? 'day_budget' : 'month_budget',
      scope,
      // The period is part of the name: the first day of a month and the month begin at the same instant.
      bucket: `${name}:${period}:budget:${unit}:${fromMs}`,
      lineage,
      fixed: 0,
      perOutput: 0,
      limit,
      unit,
      fromMs,
      untilMs,
    };
  }
}

function requestForms({ scope, name, limits }: Owner): readonly RateCharge[] {
  const limit = limits.requestsPerMinute;
  return limit === null ? [] : [{ ...rateForm(scope, name, 'requests', limit, 1), fixed: 1 }];
}

function forms({ scope, name, limits }: Owner, largestPrompt: number): readonly (RateCharge | PlaceCharge)[] {
  const found: (RateCharge | PlaceCharge)[] = [];
  const { inputTokensPerMinute, tokensPerMinute, outputTokensPerMinute } = limits;
  const { concurrentRequests, concurrentKvTokens } = limits;
  if (inputTokensPerMinute !== null)
    found.push(rateForm(scope, name, 'input_tokens', inputTokensPerMinute, largestPrompt));
  if (tokensPerMinute !== null) found.push(rateForm(scope, name, 'tokens', tokensPerMinute, largestPrompt));
  // Output is reserved up to the burst and metered beyond it: only a prompt has to fit whole.
  if (outputTokensPerMinute !== null)
    found.push(rateForm(scope, name, 'output_tokens', outputTokensPerMinute, 1));
  if (concurrentRequests !== null)
    found.push({ ...placeForm(scope, name, 'concurrent_requests', concurrentRequests), fixed: 1 });
  if (concurrentKvTokens !== null)
    found.push(placeForm(scope, name, 'concurrent_kv_tokens', concurrentKvTokens));
  return found;
}

function rateForm(
  scope: LimitScope,
  owner: string,
  kind: RateCharge['kind'],
  limit: number,
  leastBurst: number,
): RateCharge {
  const burst = Math.max(Math.ceil(limit / BURSTS_A_MINUTE), Math.ceil(leastBurst), 1);
  const rate = { limit, periodMs: MINUTE_MS, burst };
  return { type: 'rate', kind, scope, bucket: `${owner}:${kind}`, fixed: 0, perOutput: 0, rate };
}

function placeForm(scope: LimitScope, owner: string, kind: PlaceCharge['kind'], limit: number): PlaceCharge {
  return { type: 'place', kind, scope, bucket: `${owner}:${kind}`, fixed: 0, perOutput: 0, limit };
}
