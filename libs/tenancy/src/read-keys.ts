// Keys as the database has them, with all that decides what they may do: one query by primary key over key, tenant and plan.
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '#database';
import { effectivePolicy } from './effective-policy.ts';
import type { StoredKey } from './stored-key.ts';

/** By id; ids that are not there are missing. Rejects when the database does not answer. */
export async function readKeys(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredKey>> {
  if (ids.length === 0) return new Map();
  const rows = await selectKeys(database, ids).execute();
  return new Map(rows.map((row) => [row.id, storedKey(row)]));
}

/** Those of the tenants that are suspended now. */
export async function suspendedTenants(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await database.sql
    .selectFrom('tenant')
    .select('id')
    .where('id', '=', anyOf(ids))
    .where('suspended_at', 'is not', null)
    .execute();
  return rows.map(({ id }) => id);
}

type KeyRow = Awaited<ReturnType<ReturnType<typeof selectKeys>['execute']>>[number];

function selectKeys(database: Database, ids: readonly string[]) {
  return database.sql
    .selectFrom('api_key as key')
    .innerJoin('tenant', 'tenant.id', 'key.tenant')
    .leftJoin('plan', 'plan.name', 'tenant.plan')
    .where('key.id', '=', anyOf(ids))
    .select([
      'key.id',
      'key.tenant',
      'key.lineage',
      'key.environment',
      'key.digest',
      'key.pepper_version',
      'key.expires_at',
      'key.revoked_at',
      'key.limits as key_limits',
      'key.scopes as key_scopes',
      'tenant.plan',
      'tenant.time_zone',
      'tenant.is_strict',
      'tenant.is_prepaid',
      'tenant.suspended_at',
      'tenant.limits as tenant_limits',
      'tenant.scopes as tenant_scopes',
      'plan.limits as plan_limits',
      'plan.scopes as plan_scopes',
      endedWithItsRotation.as('ended_with_its_rotation'),
    ]);
}

/** Rotated without overlap. Both dates are of the clock that rotated it: no clock is asked. */
const endedWithItsRotation = sql<boolean>`EXISTS (
  SELECT FROM api_key AS next WHERE next.id = key.replaced_by AND next.created_at >= key.expires_at
)`;

/** One text of a statement however many ids there are. */
function anyOf(ids: readonly string[]): RawBuilder<string> {
  return sql<string>`any(${ids}::text[])`;
}

function storedKey(row: KeyRow): StoredKey {
  const { tenantLimits, keyLimits, scopes } = effectivePolicy(
    { limits: row.plan_limits ?? {}, scopes: row.plan_scopes ?? {} },
    { limits: row.tenant_limits, scopes: row.tenant_scopes },
    { limits: row.key_limits, scopes: row.key_scopes },
  );
  return {
    caller: {
      keyId: row.id,
      lineage: row.lineage,
      tenant: row.tenant,
      environment: row.environment,
      tenantLimits,
      keyLimits,
      scopes,
      allowedFields: new Set(scopes.allowedFields),
      models: scopes.models === null ? null : new Set(scopes.models),
      timeZone: row.time_zone,
      isStrict: row.is_strict,
      isPrepaid: row.is_prepaid,
    },
    plan: row.plan,
    digest: Buffer.from(row.digest),
    pepperVersion: row.pepper_version,
    expiresAtMs: endMsOf(row),
    // Whatever the date says: the database's clock may be ahead of ours, and a revoked key is refused at once.
    isRevoked: row.revoked_at !== null,
    isSuspended: row.suspended_at !== null,
  };
}

function endMsOf({ ended_with_its_rotation: hasEnded, expires_at: end }: KeyRow): number {
  // The date would be in the future for a gateway whose clock is behind.
  if (hasEnded) return 0;
  return end === null ? Number.POSITIVE_INFINITY : end.getTime();
}
