// Rows as the registry shows them. Documents were checked on their way in; here they only get back the members a former
// release did not know, and lose those a later one added.
import type { Selectable } from 'kysely';
import type { ApiKeyTable, AuditTable, PlanTable, TenantTable } from '#database';
import { limitsSchema, partialLimitsSchema } from './plan-schema-limits.ts';
import { partialScopesSchema, scopesSchema } from './plan-schema-scopes.ts';
import type { ApiKey, AuditEntry, Plan, Tenant } from './registry.ts';

const storedLimits = limitsSchema.strip();
const storedScopes = scopesSchema.strip();
const storedPartialLimits = partialLimitsSchema.strip();
const storedPartialScopes = partialScopesSchema.strip();

export function planOf(row: Selectable<PlanTable>): Plan {
  return {
    name: row.name,
    limits: storedLimits.parse(row.limits),
    scopes: storedScopes.parse(row.scopes),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function tenantOf(row: Selectable<TenantTable>): Tenant {
  return {
    id: row.id,
    displayName: row.display_name,
    plan: row.plan,
    limits: storedPartialLimits.parse(row.limits),
    scopes: storedPartialScopes.parse(row.scopes),
    timeZone: row.time_zone,
    isStrict: row.is_strict,
    isPrepaid: row.is_prepaid,
    suspendedAt: isoOrNull(row.suspended_at),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** The digest is left out: nobody who asks the registry has a use for it. */
export function keyOf(row: Selectable<ApiKeyTable>, now: Date): ApiKey {
  return {
    id: row.id,
    tenant: row.tenant,
    lineage: row.lineage,
    name: row.name,
    environment: row.environment,
    scopes: storedPartialScopes.parse(row.scopes),
    limits: storedPartialLimits.parse(row.limits),
    expiresAt: isoOrNull(row.expires_at),
    revokedAt: isoOrNull(row.revoked_at),
    replacedBy: row.replaced_by,
    lastUsedAt: isoOrNull(row.last_used_at),
    state: stateOf(row, now),
    version: row.version,
    createdAt: row.created_at.toISOString(),
  };
}

export function auditEntryOf(row: Selectable<AuditTable>): AuditEntry {
  const { id, actor, action, target, tenant, before, after } = row;
  return { id, at: row.at.toISOString(), actor, action, target, tenant, before, after };
}

/** Whoever was revoked stays so, past its end too. */
function stateOf(row: Selectable<ApiKeyTable>, now: Date): ApiKey['state'] {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}

function isoOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}
