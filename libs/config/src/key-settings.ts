// Settings of callers' keys and of the peppers their digests were made with.
import * as z from 'zod';
import { STEERING_FIELDS } from '#protocol';
import { variableName } from './variable-name.ts';

export const keySettings = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9A-Za-z]{12}$/, 'must be the 12 characters between `rw_live_` and the next `_` of the key')
    .describe('Public id of the key, as `ropeway key new` prints it.'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits, as `ropeway key new` prints them')
    .describe("HMAC-SHA-256 of the key's secret under the pepper."),
  pepperVersion: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1)
    .describe('Version of the pepper the digest was made with.'),
  tenant: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, . _ and -')
    .describe('Tenant the key belongs to.'),
  environment: z
    .enum(['live', 'test'])
    .default('live')
    .describe('Whether the key begins with `rw_live_` or `rw_test_`.'),
  requestsPerMinute: z
    .int()
    .min(1)
    .max(10_000_000)
    .nullable()
    .default(null)
    .describe('Requests a minute, a sixth of them at once; null sets no limit.'),
  allowedFields: z
    .array(z.enum(STEERING_FIELDS))
    .default([])
    .describe(`Body fields that steer the engine this key may send: ${STEERING_FIELDS.join(', ')}.`),
  models: z
    .array(z.string().min(1))
    .nullable()
    .default(null)
    .describe('Models this key may use; null allows all.'),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' })
    .nullable()
    .default(null)
    .describe('When the key stops working; null is never.'),
});

export const pepperSettings = z.strictObject({
  version: z.int().min(1).max(1_000_000).describe('Number the keys name it by.'),
  env: variableName.optional().describe('Environment variable that holds the pepper.'),
  file: z.string().min(1).optional().describe('File that holds the pepper.'),
});
