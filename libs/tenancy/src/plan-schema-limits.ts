// Limits as they are written: by the admin API, in tenants.yaml, in the database.
import * as z from 'zod';

/** Amounts stay exact in JavaScript, in JSON and as Redis' and PostgreSQL's 64-bit integers up to 2^53 - 1. Zero would be a
 * tenant that can never do anything, which `suspended` says more plainly. */
const amount = z.int().min(1);
const limit = amount.nullable();

const budgetSchema = z.strictObject({
  period: z.enum(['day', 'month']),
  unit: z.enum(['tokens', 'money']).describe('Money in millionths of the currency of the price table.'),
  limit: amount,
});

const budgets = z.array(budgetSchema).superRefine((list, context) => {
  for (const [place, { period, unit }] of list.entries()) {
    const first = list.findIndex((other) => other.period === period && other.unit === unit);
    if (first === place) continue;
    const message = `there is another budget of ${unit} a ${period}`;
    context.addIssue({ code: 'custom', path: [place], message });
  }
});

const rates = {
  requestsPerMinute: limit,
  tokensPerMinute: limit,
  inputTokensPerMinute: limit,
  outputTokensPerMinute: limit,
  concurrentRequests: limit,
  concurrentKvTokens: limit,
};

/** Absent members are null: no limit. */
export const limitsSchema = z.strictObject({
  requestsPerMinute: rates.requestsPerMinute.default(null),
  tokensPerMinute: rates.tokensPerMinute.default(null),
  inputTokensPerMinute: rates.inputTokensPerMinute.default(null),
  outputTokensPerMinute: rates.outputTokensPerMinute.default(null),
  concurrentRequests: rates.concurrentRequests.default(null),
  concurrentKvTokens: rates.concurrentKvTokens.default(null),
  budgets: budgets.default([]),
});

/** Absent members say nothing. */
export const partialLimitsSchema = z.strictObject({
  requestsPerMinute: rates.requestsPerMinute.exactOptional(),
  tokensPerMinute: rates.tokensPerMinute.exactOptional(),
  inputTokensPerMinute: rates.inputTokensPerMinute.exactOptional(),
  outputTokensPerMinute: rates.outputTokensPerMinute.exactOptional(),
  concurrentRequests: rates.concurrentRequests.exactOptional(),
  concurrentKvTokens: rates.concurrentKvTokens.exactOptional(),
  budgets: budgets.exactOptional(),
});
