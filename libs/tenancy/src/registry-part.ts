// What is there of many names, read in one snapshot and a bounded number at a time; and whether that still holds.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '#database';
import { inChunks } from './in-chunks.ts';
import type { ApiKey, PartAsk, Plan, RegistryPart, Tenant } from './registry.ts';
import { keyOf, planOf, tenantOf } from './registry-rows.ts';

/** Some milliseconds of parsing and, embedded, of running the statement on this thread. */
const NAMES_A_READ = 100;
/** More than these are not looked through: whatever changed so much may have changed anything. */
const MOST_CHANGES = 1_000;

export interface ReadPart {
  readonly part: RegistryPart;
  /** The newest change that is in it. */
  readonly epoch: number;
}

/**
 * What is committed when it begins is what all of it sees. In PostgreSQL it holds up no writer, and none holds it up; embedded, where
 * there is one connection, everybody else waits for it.
 */
export function readSnapshot(db: Kysely<Schema>, ask: PartAsk, now: () => Date): Promise<ReadPart> {
  return db.transaction().execute(async (trx) => {
    // Said in SQL: Kysely's driver of PGlite leaves the settings of a transaction out.
    await sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`.execute(trx);
    const newest = await trx
      .selectFrom('change')
      .select(({ fn }) => fn.max('epoch').as('epoch'))
      .executeTakeFirst();
    return { part: await readPart(trx, ask, now()), epoch: newest?.epoch ?? 0 };
  });
}

export async function readPart(trx: Kysely<Schema>, ask: PartAsk, at: Date): Promise<RegistryPart> {
  const plans: Plan[] = [];
  const tenants: Tenant[] = [];
  const keys: ApiKey[] = [];
  for (const names of inChunks(ask.plans, NAMES_A_READ)) {
    const query = trx.selectFrom('plan').selectAll().where('name', '=', sql<string>`any(${names}::text[])`);
    for (const row of await query.execute()) plans.push(planOf(row));
    await nextTurn();
  }
  for (const ids of inChunks(ask.tenants, NAMES_A_READ)) {
    const query = trx.selectFrom('tenant').selectAll().where('id', '=', sql<string>`any(${ids}::text[])`);
    for (const row of await query.execute()) tenants.push(tenantOf(row));
    await nextTurn();
  }
  for (const some of inChunks(ask.keys, NAMES_A_READ)) {
    const [owners, names] = [some.map(({ tenant }) => tenant), some.map(({ name }) => name)];
    const query = trx
      .selectFrom('api_key')
      .selectAll()
      .where('replaced_by', 'is', null)
      .where(sql<boolean>`(tenant, name) IN (SELECT * FROM unnest(${owners}::text[], ${names}::text[]))`);
    for (const row of await query.execute()) keys.push(keyOf(row, at));
    await nextTurn();
  }
  return { at, plans, tenants, keys };
}

/** Asked with the lock held, which is what makes its answer last until the commit. */
export async function isChangedSince(trx: Kysely<Schema>, epoch: number, ask: PartAsk): Promise<boolean> {
  const changes = await trx
    .selectFrom('change')
    .leftJoin('api_key', (join) => join.onRef('api_key.id', '=', 'change.id').on('change.kind', '=', 'key'))
    .select(['change.kind', 'change.id', 'api_key.tenant'])
    .where('change.epoch', '>', epoch)
    .limit(MOST_CHANGES + 1)
    .execute();
  if (changes.length === 0) return false;
  if (changes.length > MOST_CHANGES) return true;
  const [plans, tenants] = [new Set(ask.plans), new Set(ask.tenants)];
  return changes.some(({ kind, id, tenant }) => {
    if (kind === 'plan') return plans.has(id);
    if (kind === 'tenant') return tenants.has(id);
    // Of keys their tenant is enough: which name one had before is not written down there.
    return tenant === null || tenants.has(tenant);
  });
}
