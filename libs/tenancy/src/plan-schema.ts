// What an administrator may send, as schemas: one place for the admin API, the command line and tenants.yaml. Nothing here
// changes the type of a value, so that the schemas can be shown as JSON Schema.
import * as z from 'zod';
import { limitsSchema, partialLimitsSchema } from './plan-schema-limits.ts';
import { planNameSchema, shownTextSchema, tenantIdSchema, timeZoneSchema } from './plan-schema-names.ts';
import { partialScopesSchema, scopesSchema } from './plan-schema-scopes.ts';

const MAX_DECLARED = 10_000;
/** The first moment after the year 9999 in UTC. */
const END_MS = 253_402_300_800_000;

export const planInputSchema = z.strictObject({
  limits: partialLimitsSchema.exactOptional(),
  scopes: partialScopesSchema.exactOptional(),
});

const tenantFields = {
  displayName: shownTextSchema(1, 200).exactOptional(),
  plan: planNameSchema.nullable().exactOptional(),
  limits: partialLimitsSchema.exactOptional().describe("Members that replace the plan's."),
  scopes: partialScopesSchema.exactOptional().describe("Members that replace the plan's."),
  timeZone: timeZoneSchema.exactOptional(),
  isStrict: z.boolean().exactOptional(),
  isPrepaid: z.boolean().exactOptional(),
  suspended: z.boolean().exactOptional(),
};
export const tenantInputSchema = z.strictObject(tenantFields);
/** As it is created: with its id. */
export const newTenantSchema = z.strictObject({ id: tenantIdSchema, ...tenantFields });

/** A key's own limits and scopes: they narrow its tenant's, and never widen them. */
const keyFields = {
  environment: z.enum(['live', 'test']).exactOptional(),
  limits: partialLimitsSchema.exactOptional(),
  scopes: partialScopesSchema.exactOptional(),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' })
    // Of a year that PostgreSQL and JavaScript write alike, in UTC, too.
    .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < END_MS, 'must be of the years 1970 to 9999')
    .nullable()
    .exactOptional(),
};
export const keyInputSchema = z.strictObject({ name: shownTextSchema(0, 100).exactOptional(), ...keyFields });

/** A key of tenants.yaml goes by its name: it is created when its tenant has none of that name. */
const declaredKeySchema = z.strictObject({ name: shownTextSchema(1, 100), ...keyFields });

const declaredPlanSchema = z.strictObject({
  name: planNameSchema,
  limits: limitsSchema.exactOptional(),
  scopes: scopesSchema.exactOptional(),
});

const declaredTenantSchema = z.strictObject({
  id: tenantIdSchema,
  ...tenantFields,
  keys: z.array(declaredKeySchema).max(MAX_DECLARED).superRefine(unique('name')).default([]),
});

/**
 * tenants.yaml. Members it leaves out of a tenant or key are left as they are, but declared limits or scopes are all of its own:
 * whoever deletes a line from a file expects it to be gone. A plan is replaced as a whole.
 */
export const declaredTenantsSchema = z.strictObject({
  plans: z.array(declaredPlanSchema).max(MAX_DECLARED).superRefine(unique('name')).default([]),
  tenants: z.array(declaredTenantSchema).max(MAX_DECLARED).superRefine(unique('id')).default([]),
});
export type DeclaredTenants = z.output<typeof declaredTenantsSchema>;

function unique<Member extends string>(member: Member) {
  return (list: readonly Readonly<Record<Member, string>>[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [place, item] of list.entries()) {
      const name = item[member];
      const message = `${name} stands here twice`;
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [place, member], message });
      seen.add(name);
    }
  };
}
