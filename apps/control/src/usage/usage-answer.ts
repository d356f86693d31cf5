import * as z from 'zod';
import type { UsageRow } from '#ledger';

const sum = z.number();

export const usageAnswer = z
  .object({
    day: z
      .string()
      .exactOptional()
      .describe('UTC, as in `2026-11-23`. Only dimensions that were asked for are there.'),
    tenant: z.string().exactOptional(),
    key: z.string().exactOptional(),
    model: z.string().exactOptional(),
    pool: z.string().exactOptional(),
    requests: sum,
    promptTokens: sum,
    cachedTokens: sum.describe('Of the prompt tokens, those read from the cache.'),
    reasoningTokens: sum.describe('Of the completion tokens, those of the thinking.'),
    completionTokens: sum,
    weightedTokens: sum.describe('Prompt and completion, times the weight of the pool.'),
    costMicro: sum.describe('Millionths of the currency of the price table.'),
  })
  .meta({ id: 'Usage' }) satisfies z.ZodType<UsageRow, unknown>;
