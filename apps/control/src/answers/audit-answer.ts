import * as z from 'zod';
import type { AuditEntry } from '#tenancy';
import { stamp } from './stamps.ts';

export const auditAnswer = z
  .object({
    id: z.int(),
    at: stamp,
    actor: z.string().describe('`admin:` and the id of the admin key.'),
    action: z.string().describe('As in `key.revoke`.'),
    target: z.string().describe('What was changed: a tenant, a plan or the id of a key.'),
    tenant: z.string().nullable(),
    before: z.unknown().describe('null where it was made.'),
    after: z.unknown(),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditEntry, unknown>;
