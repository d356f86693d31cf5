// What a plan grants, as data: the same shape in the database, in a configuration file, in tenants.yaml and in the admin API.

export type BudgetPeriod = 'day' | 'month';

/** `tokens`: input and output, weighted by the pool. `money`: millionths of the currency of the price table. */
type BudgetUnit = 'tokens' | 'money';

export interface Budget {
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  /** Whole units in one calendar period of the tenant's time zone. */
  readonly limit: number;
}

/** Of a tenant or of one key. null sets no limit. Token rates are weighted by the pool that serves (decisions L4). */
export interface Limits {
  readonly requestsPerMinute: number | null;
  /** Input and output together. */
  readonly tokensPerMinute: number | null;
  readonly inputTokensPerMinute: number | null;
  readonly outputTokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
  /** KV tokens (prompt and output budget) of running requests. */
  readonly concurrentKvTokens: number | null;
  /** At most one a period and unit. */
  readonly budgets: readonly Budget[];
}

export const NO_LIMITS: Limits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  inputTokensPerMinute: null,
  outputTokensPerMinute: null,
  concurrentRequests: null,
  concurrentKvTokens: null,
  budgets: [],
};
