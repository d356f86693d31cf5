// Scopes as they are written: by the admin API, in tenants.yaml, in the database.
import * as z from 'zod';
import { cidrSchema } from '#addresses';
import { STEERING_FIELDS } from '#protocol';

const MAX_LISTED = 1_000;
/** As in Qwen/QwQ-32B: printable ASCII without spaces. */
const modelId = z
  .string()
  .regex(/^[!-~]{1,255}$/, 'must be a model id: 1 to 255 of printable ASCII without spaces');
const poolName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9 and -');
const tokens = z.int().min(1).nullable();

const rights = {
  models: z.array(modelId).max(MAX_LISTED).nullable(),
  pools: z.array(poolName).max(MAX_LISTED).nullable(),
  maxWindowTokens: tokens,
  maxPromptTokens: tokens,
  maxOutputTokens: tokens,
  endpoints: z
    .array(z.enum(['chat', 'text', 'tokenize', 'route']))
    .max(MAX_LISTED)
    .nullable(),
  cidrs: z.array(cidrSchema).max(MAX_LISTED).nullable(),
  allowedFields: z.array(z.enum(STEERING_FIELDS)).max(MAX_LISTED),
};

/** Absent members restrict nothing; `allowedFields` allows nothing until it names a field. */
export const scopesSchema = z.strictObject({
  models: rights.models.default(null),
  pools: rights.pools.default(null),
  maxWindowTokens: rights.maxWindowTokens.default(null),
  maxPromptTokens: rights.maxPromptTokens.default(null),
  maxOutputTokens: rights.maxOutputTokens.default(null),
  endpoints: rights.endpoints.default(null),
  cidrs: rights.cidrs.default(null),
  allowedFields: rights.allowedFields.default([]),
});

/** Absent members say nothing. */
export const partialScopesSchema = z.strictObject({
  models: rights.models.exactOptional(),
  pools: rights.pools.exactOptional(),
  maxWindowTokens: rights.maxWindowTokens.exactOptional(),
  maxPromptTokens: rights.maxPromptTokens.exactOptional(),
  maxOutputTokens: rights.maxOutputTokens.exactOptional(),
  endpoints: rights.endpoints.exactOptional(),
  cidrs: rights.cidrs.exactOptional(),
  allowedFields: rights.allowedFields.exactOptional(),
});
