// Sums of the ledger as people and programs read them.

export const USAGE_DIMENSIONS = ['day', 'tenant', 'key', 'model', 'pool'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export interface UsageQuery {
  /** UTC days as in `2026-11-23`, both included. */
  readonly fromDay: string;
  readonly toDay: string;
  /** One item for each combination that occurs, in this order. None: one item, the sum of all. */
  readonly by: readonly UsageDimension[];
  /** Only these. */
  readonly tenant?: string | undefined;
  readonly key?: string | undefined;
  readonly lineage?: string | undefined;
  readonly model?: string | undefined;
  readonly pool?: string | undefined;
}

/** Has the dimensions that were asked for, and no others. */
export interface UsageRow extends Partial<Readonly<Record<UsageDimension, string>>> {
  readonly requests: number;
  readonly promptTokens: number;
  /** Of the prompt tokens, those read from the worker's cache. */
  readonly cachedTokens: number;
  /** Of the completion tokens, those of the thinking. */
  readonly reasoningTokens: number;
  readonly completionTokens: number;
  /** Prompt and completion, times the weight of the pool. */
  readonly weightedTokens: number;
  /** Millionths of the currency. */
  readonly costMicro: number;
}
