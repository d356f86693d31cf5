// Limits and scopes as answers show them, under names of their own in the document.
import * as z from 'zod';
import { limitsSchema, partialLimitsSchema, partialScopesSchema, scopesSchema } from '#tenancy';

export const limitsAnswer = limitsSchema.meta({ id: 'Limits', description: 'null: no limit.' });
export const scopesAnswer = scopesSchema.meta({ id: 'Scopes', description: 'null: no restriction.' });
/** The very schemas that check input, so that the document shows them once. */
export const someLimitsAnswer = partialLimitsSchema.register(z.globalRegistry, {
  id: 'SomeLimits',
  description: 'Absent: as the plan has it. null: no limit.',
});
export const someScopesAnswer = partialScopesSchema.register(z.globalRegistry, {
  id: 'SomeScopes',
  description: 'Absent: as the plan has it. null: no restriction.',
});
