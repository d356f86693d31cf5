import * as z from 'zod';
import type { Tenant } from '#tenancy';
import { someLimitsAnswer, someScopesAnswer } from './limits-answer.ts';
import { stamp, stampOrNull, version } from './stamps.ts';

export const tenantAnswer = z
  .object({
    id: z.string(),
    displayName: z.string(),
    plan: z.string().nullable(),
    limits: someLimitsAnswer,
    scopes: someScopesAnswer,
    timeZone: z.string().describe('Days and months of budgets are counted in it.'),
    isStrict: z.boolean().describe('Refused (503) while shared counters or the database are away.'),
    isPrepaid: z.boolean().describe('Running answers are cut when a budget is used up.'),
    suspendedAt: stampOrNull,
    version,
    createdAt: stamp,
    updatedAt: stamp,
  })
  .meta({ id: 'Tenant' }) satisfies z.ZodType<Tenant, unknown>;
