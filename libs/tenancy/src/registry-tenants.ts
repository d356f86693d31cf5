// Tenants, as the registry reads and writes them.
import type { Kysely } from 'kysely';
import type { Schema } from '#database';
import { tenantInputSchema } from './plan-schema.ts';
import { tenantIdSchema } from './plan-schema-names.ts';
import type { Listed, PageAsk, RegistryRefusal, Result, Tenant, TenantInput } from './registry.ts';
import { readPage } from './registry-cursor.ts';
import { readPlan } from './registry-plans.ts';
import {
  checked,
  conflict,
  done,
  invalid,
  noSuchPlan,
  notFound,
  versionRefusal,
} from './registry-refusals.ts';
import { tenantOf } from './registry-rows.ts';
import { isSame, type RegistryWrite, writeAudit } from './registry-write.ts';

/** By id. */
export function readTenants(
  db: Kysely<Schema>,
  ask: PageAsk & { readonly plan?: string },
): Promise<Listed<Tenant>> {
  return readPage({
    list: 'tenants',
    ask,
    keyOf: ({ id }) => [id],
    isKey: ([id, ...rest]) => rest.length === 0 && tenantIdSchema.safeParse(id).success,
    read: (after, count) => {
      let query = db.selectFrom('tenant').selectAll().orderBy('id').limit(count);
      if (ask.plan !== undefined) query = query.where('plan', '=', ask.plan);
      return (after === null ? query : query.where('id', '>', after[0] ?? '')).execute();
    },
    itemOf: tenantOf,
  });
}

export async function readTenant(db: Kysely<Schema>, id: string): Promise<Tenant | null> {
  const row = await db.selectFrom('tenant').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : tenantOf(row);
}

export async function createTenant(
  write: RegistryWrite,
  id: string,
  input: TenantInput,
): Promise<Result<Tenant>> {
  if (!tenantIdSchema.safeParse(id).success) return invalid('id', 'is not the id of a tenant');
  const read = checked(tenantInputSchema, input);
  if (!read.ok) return read;
  if ((await readTenant(write.trx, id)) !== null) return conflict(`There is a tenant ${id} already.`);
  const missing = await missingPlan(write, read.value);
  if (missing !== null) return missing;
  const row = await write.trx
    .insertInto('tenant')
    .values({
      id,
      ...columnsOf(tenantSettings(id, read.value, write.at)),
      created_at: write.at,
      updated_at: write.at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = tenantOf(row);
  await writeAudit(write, { action: 'tenant.create', target: id, tenant: id, before: null, after });
  return done(after);
}

export async function updateTenant(
  write: RegistryWrite,
  id: string,
  input: TenantInput,
  ifVersion: number | null,
): Promise<Result<Tenant>> {
  const read = checked(tenantInputSchema, input);
  if (!read.ok) return read;
  const before = await readTenant(write.trx, id);
  if (before === null) return notFound(`tenant ${id}`);
  const refusal = versionRefusal(before.version, ifVersion) ?? (await missingPlan(write, read.value));
  if (refusal !== null) return refusal;
  const wanted = changed(before, read.value, write.at);
  if (isSame(before, wanted)) return done(before);
  const row = await write.trx
    .updateTable('tenant')
    .set({ ...columnsOf(wanted), version: before.version + 1, updated_at: write.at })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = tenantOf(row);
  await writeAudit(write, { action: 'tenant.update', target: id, tenant: id, before, after });
  return done(after);
}

type Settings = Omit<Tenant, 'id' | 'version' | 'createdAt' | 'updatedAt'>;

function newTenant(id: string): Settings {
  return {
    displayName: id,
    plan: null,
    limits: {},
    scopes: {},
    timeZone: 'UTC',
    isStrict: false,
    isPrepaid: false,
    suspendedAt: null,
  };
}

/** A tenant's once the input is taken in; `before` is the id of one that is made. */
export function tenantSettings(before: Tenant | string, input: TenantInput, at: Date): Settings {
  return changed<Settings>(typeof before === 'string' ? newTenant(before) : before, input, at);
}

/** A tenant that is suspended again stays so since the first time. */
function changed<T extends Settings>(before: T, { suspended, ...input }: TenantInput, at: Date): T {
  if (suspended === undefined) return { ...before, ...input };
  return { ...before, ...input, suspendedAt: suspended ? (before.suspendedAt ?? at.toISOString()) : null };
}

export function columnsOf(tenant: Settings) {
  return {
    display_name: tenant.displayName,
    plan: tenant.plan,
    limits: JSON.stringify(tenant.limits),
    scopes: JSON.stringify(tenant.scopes),
    time_zone: tenant.timeZone,
    is_strict: tenant.isStrict,
    is_prepaid: tenant.isPrepaid,
    suspended_at: tenant.suspendedAt,
  };
}

async function missingPlan({ trx }: RegistryWrite, { plan }: TenantInput): Promise<RegistryRefusal | null> {
  if (plan === undefined || plan === null || (await readPlan(trx, plan)) !== null) return null;
  return noSuchPlan(plan);
}
