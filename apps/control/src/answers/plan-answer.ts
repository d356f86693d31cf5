import * as z from 'zod';
import type { Plan } from '#tenancy';
import { limitsAnswer, scopesAnswer } from './limits-answer.ts';
import { stamp, version } from './stamps.ts';

export const planAnswer = z
  .object({
    name: z.string(),
    limits: limitsAnswer,
    scopes: scopesAnswer,
    version,
    createdAt: stamp,
    updatedAt: stamp,
  })
  .meta({
    id: 'Plan',
    description: 'What its tenants may use: limits and scopes as data.',
  }) satisfies z.ZodType<Plan, unknown>;
