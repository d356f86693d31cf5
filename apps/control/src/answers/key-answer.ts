import * as z from 'zod';
import type { ApiKey, NewApiKey } from '#tenancy';
import { someLimitsAnswer, someScopesAnswer } from './limits-answer.ts';
import { environment, stamp, stampOrNull, version } from './stamps.ts';

const fields = {
  id: z.string().describe('The public part of its text.'),
  tenant: z.string(),
  lineage: z.string().describe('Id of the first key of its chain of rotations: limits and budgets go by it.'),
  name: z.string(),
  environment,
  scopes: someScopesAnswer,
  limits: someLimitsAnswer,
  expiresAt: stampOrNull,
  revokedAt: stampOrNull,
  replacedBy: z.string().nullable().describe('The key it was rotated to.'),
  lastUsedAt: stampOrNull,
  state: z.enum(['active', 'expired', 'revoked']),
  version,
  createdAt: stamp,
};

export const keyAnswer = z
  .object(fields)
  .meta({ id: 'Key', description: 'All of a key but its secret.' }) satisfies z.ZodType<ApiKey, unknown>;

export const newKeyAnswer = z
  .object({
    ...fields,
    key: z
      .string()
      .nullable()
      .describe(
        'rw_live_… or rw_test_…: its only appearance. null where an idempotency key is answered again.',
      ),
  })
  .meta({ id: 'NewKey', description: 'A key as it is made.' }) satisfies z.ZodType<NewKeyAnswer, unknown>;

type NewKeyAnswer = ApiKey & { readonly key: string | null };

export function newKeyAnswerOf({ text, key }: NewApiKey): NewKeyAnswer {
  return { ...key, key: text };
}
