// From limits as data and a request's amounts to the charges a limiter takes. Pure: the clock comes in.
import { CallerForms, type LimitsOfCaller } from './caller-forms.ts';
import type { BudgetCharge, Charge, PlaceCharge, RateCharge } from './limiter.ts';

export type { LimitsOfCaller };

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

interface ChargesContext {
  /** Largest window of any pool: the default for `maxPromptTokens`. */
  readonly largestWindowTokens: number;
  /** Largest weight of any pool, so that the burst lets the largest prompt into the dearest pool. */
  readonly largestPoolWeight: number;
  /** Wall clock. The same for all charges of a request, settling included: it names the period its budgets are of. */
  readonly nowMs: number;
}

/** The request-rate limits of tenant and key: taken before the body is read. */
type RequestCharges = (caller: LimitsOfCaller) => readonly RateCharge[];
/** All the other limits. Empty when the caller has none. */
type ChargesFor = (
  caller: LimitsOfCaller,
  amounts: RequestAmounts,
  context: ChargesContext,
) => readonly Charge[];

export const requestCharges: RequestCharges = (caller) => formsOf(caller).requests;

/** Whether `chargesFor` can name any for this caller. */
export function setsOthers(caller: LimitsOfCaller): boolean {
  return formsOf(caller).setsAny;
}

export const chargesFor: ChargesFor = (caller, amounts, context) => {
  const forms = formsOf(caller);
  if (!forms.setsAny) return NONE;
  const { largestWindowTokens, largestPoolWeight } = context;
  const largestPrompt = (caller.maxPromptTokens ?? largestWindowTokens) * largestPoolWeight;
  const charges: Charge[] = [];
  for (const form of forms.fitting(largestPrompt)) {
    const charge = filled(form, amounts);
    if (charge !== null) charges.push(charge);
  }
  for (const budget of forms.budgets) {
    const charge = filledBudget(budget.at(context.nowMs), amounts);
    if (charge !== null) charges.push(charge);
  }
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
const MILLION = 1_000_000;

const known = new WeakMap<LimitsOfCaller, CallerForms>();

function formsOf(caller: LimitsOfCaller): CallerForms {
  const forms = known.get(caller) ?? new CallerForms(caller);
  known.set(caller, forms);
  return forms;
}

/** null: a parked request does not take of it. */
function filled(form: RateCharge | PlaceCharge, amounts: RequestAmounts): Charge | null {
  const { inputTokens, poolWeight, phase } = amounts;
  const isRunning = phase === 'running';
  switch (form.kind) {
    case 'input_tokens':
      return holding(form, weighted(inputTokens, poolWeight), 0);
    case 'tokens':
      return holding(form, weighted(inputTokens, poolWeight), isRunning ? poolWeight : 0);
    case 'output_tokens':
      return isRunning ? holding(form, 0, poolWeight) : null;
    case 'concurrent_kv_tokens':
      return isRunning ? holding(form, amounts.kvTokens, 0) : null;
    default:
      return form;
  }
}

/** Field by field: `...` of an object of so many costs several times as much. */
function holding(form: RateCharge | PlaceCharge, fixed: number, perOutput: number): Charge {
  const { kind, scope, bucket } = form;
  return form.type === 'rate'
    ? { type: 'rate', kind, scope, bucket, fixed, perOutput, rate: form.rate }
    : { type: 'place', kind, scope, bucket, fixed, perOutput, limit: form.limit };
}

/** null: in money, and there is no price. */
function filledBudget(form: BudgetCharge, amounts: RequestAmounts): BudgetCharge | null {
  const { inputTokens, poolWeight, price, phase } = amounts;
  const { kind, scope, bucket, limit, unit, lineage, fromMs, untilMs } = form;
  if (unit === 'money' && price === null) return null;
  const isMoney = unit === 'money' && price !== null;
  const fixed = isMoney ? inputCost(amounts, price) : weighted(inputTokens, poolWeight);
  const eachOutput = isMoney ? price.output / MILLION : poolWeight;
  const perOutput = phase === 'running' ? eachOutput : 0;
  return { type: 'budget', kind, scope, bucket, lineage, fixed, perOutput, limit, unit, fromMs, untilMs };
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
