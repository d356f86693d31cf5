// Limits and scopes as answers show them, under names of their own in the document.
import { limitsSchema, partialLimitsSchema, partialScopesSchema, scopesSchema } from '#tenancy';

export const limitsAnswer = limitsSchema.meta({ id: 'Limits', description: 'null: no limit.' });
export const scopesAnswer = scopesSchema.meta({ id: 'Scopes', description: 'null: no restriction.' });
export const someLimitsAnswer = partialLimitsSchema.meta({ id: 'SomeLimits' });
export const someScopesAnswer = partialScopesSchema.meta({ id: 'SomeScopes' });
