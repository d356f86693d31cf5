// Many changes in a few statements, and what is new in ones of its own, which need not wait for the lock. Chunks are bounded:
// embedded, a statement runs on this thread, and between two of them the event loop gets its turn.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Selectable, sql } from 'kysely';
import { type ApiKeyTable, type Database, tellChanges } from '#database';
import { inChunks } from './in-chunks.ts';
import { newKeyToken, tokenText } from './key-token.ts';
import type { ApiKey, NewApiKey, Plan, RegistryChanges, Tenant } from './registry.ts';
import { columnsOf, utcEnd } from './registry-keys.ts';
import { type KeyToMake, keyRow, type Pepper } from './registry-new-keys.ts';
import { keyOf, planOf, tenantOf } from './registry-rows.ts';
import { columnsOf as tenantColumns, tenantSettings } from './registry-tenants.ts';
import type { Audited, RegistryWrite } from './registry-write.ts';
import { rowsFrom } from './rows-from.ts';

const ROWS_A_STATEMENT = 100;
/** With the lock held, fewer and longer ones: PostgreSQL runs them in its own process. */
const TRACES_A_STATEMENT: Readonly<Record<Database['kind'], number>> = {
  postgres: 1_000,
  embedded: ROWS_A_STATEMENT,
};
const PLAN_COLUMNS = ['name', 'limits', 'scopes', 'version', 'created_at', 'updated_at'] as const;
const TENANT_COLUMNS = [
  'id',
  'display_name',
  'plan',
  'limits',
  'scopes',
  'time_zone',
  'is_strict',
  'is_prepaid',
  'suspended_at',
  'version',
  'created_at',
  'updated_at',
] as const;
const KEY_COLUMNS = [
  'id',
  'tenant',
  'lineage',
  'name',
  'environment',
  'digest',
  'pepper_version',
  'scopes',
  'limits',
  'expires_at',
  'created_at',
] as const;
const AUDIT_COLUMNS = ['at', 'actor', 'action', 'target', 'tenant', 'before', 'after'] as const;

export function areNone({ plans, tenants, newKeys, keys }: RegistryChanges): boolean {
  return plans.length + tenants.length + newKeys.length + keys.length === 0;
}

/** What was made, and what is still to be written of it. */
export interface MadeMany {
  /** In the order of `newKeys`. */
  readonly newKeys: readonly NewApiKey[];
  readonly traces: readonly Audited[];
}

/** What is new, in an order in which each finds what it refers to. Needs no lock, as long as it is told later: nobody can have read any of it, or wait for it. */
export async function makeMany(
  write: RegistryWrite,
  pepper: Pepper,
  changes: RegistryChanges,
): Promise<MadeMany> {
  const newKeys: NewApiKey[] = [];
  const traces: Audited[] = [];
  for (const some of inChunks(changes.plans.filter(isNew), ROWS_A_STATEMENT)) {
    traces.push(...(await storePlans(write, some)));
    await nextTurn();
  }
  for (const some of inChunks(changes.tenants.filter(isNew), ROWS_A_STATEMENT)) {
    traces.push(...(await storeTenants(write, some)));
    await nextTurn();
  }
  for (const some of inChunks(changes.newKeys, ROWS_A_STATEMENT)) {
    const stored = await storeNewKeys(write, pepper, some);
    newKeys.push(...stored);
    for (const { key } of stored) {
      traces.push({ action: 'key.create', target: key.id, tenant: key.tenant, before: null, after: key });
    }
    await nextTurn();
  }
  return { newKeys, traces };
}

/** Rows of the audit log come in the order of commits, too: so with the lock. */
export async function auditMade(
  write: RegistryWrite,
  { traces }: MadeMany,
  kind: Database['kind'],
): Promise<void> {
  for (const some of inChunks(traces, TRACES_A_STATEMENT[kind])) await audited(write, some);
}

/** What was there before, with the lock. */
export async function changeOld(write: RegistryWrite, changes: RegistryChanges): Promise<void> {
  for (const some of inChunks(changes.plans.filter(isOld), ROWS_A_STATEMENT))
    await audited(write, await storePlans(write, some));
  for (const some of inChunks(changes.tenants.filter(isOld), ROWS_A_STATEMENT))
    await audited(write, await storeTenants(write, some));
  for (const some of inChunks(changes.keys, ROWS_A_STATEMENT))
    await audited(write, await storeKeys(write, some));
}

export async function tellMade({ trx }: RegistryWrite, { traces }: MadeMany): Promise<void> {
  for (const kind of ['plan', 'tenant', 'key'] as const) {
    const made = traces.filter(({ action }) => action === `${kind}.create`);
    if (made.length === 0) continue;
    await tellChanges(
      trx,
      kind,
      made.map(({ target }) => target),
    );
  }
}

function isNew({ before }: { readonly before: unknown }): boolean {
  return before === null;
}

function isOld({ before }: { readonly before: unknown }): boolean {
  return before !== null;
}

async function audited({ trx, actor, at }: RegistryWrite, traces: readonly Audited[]): Promise<void> {
  const rows = traces.map((trace) => ({ at, actor, ...trace }));
  await trx
    .insertInto('audit')
    .columns(AUDIT_COLUMNS)
    .expression(rowsFrom('audit', AUDIT_COLUMNS, rows))
    .execute();
  await nextTurn();
}

async function storePlans(
  { trx, at }: RegistryWrite,
  changes: RegistryChanges['plans'],
): Promise<readonly Audited[]> {
  const stamps = { created_at: at, updated_at: at };
  const rows = changes.map(({ name, input, before }) => {
    const { limits, scopes } = input;
    return { name, limits, scopes, version: (before?.version ?? 0) + 1, ...stamps };
  });
  const stored = await trx
    .insertInto('plan')
    .columns(PLAN_COLUMNS)
    .expression(rowsFrom('plan', PLAN_COLUMNS, rows))
    .$if(changes.some(isOld), (query) =>
      query.onConflict((conflict) =>
        conflict.column('name').doUpdateSet(({ ref }) => ({
          limits: ref('excluded.limits'),
          scopes: ref('excluded.scopes'),
          version: ref('excluded.version'),
          updated_at: ref('excluded.updated_at'),
        })),
      ),
    )
    .returningAll()
    .execute();
  const after = new Map(stored.map((row) => [row.name, planOf(row)]));
  return changes.map(({ name, before }) => trace('plan', name, null, before, after.get(name)));
}

async function storeTenants(
  { trx, at }: RegistryWrite,
  changes: RegistryChanges['tenants'],
): Promise<readonly Audited[]> {
  const stamps = { created_at: at, updated_at: at };
  const rows = changes.map(({ id, input, before }) => {
    const settings = tenantSettings(before ?? id, input, at);
    const { limits, scopes } = settings;
    return {
      id,
      ...tenantColumns(settings),
      limits,
      scopes,
      version: (before?.version ?? 0) + 1,
      ...stamps,
    };
  });
  const stored = await trx
    .insertInto('tenant')
    .columns(TENANT_COLUMNS)
    .expression(rowsFrom('tenant', TENANT_COLUMNS, rows))
    .$if(changes.some(isOld), (query) =>
      query.onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          display_name: ref('excluded.display_name'),
          plan: ref('excluded.plan'),
          limits: ref('excluded.limits'),
          scopes: ref('excluded.scopes'),
          time_zone: ref('excluded.time_zone'),
          is_strict: ref('excluded.is_strict'),
          is_prepaid: ref('excluded.is_prepaid'),
          suspended_at: ref('excluded.suspended_at'),
          version: ref('excluded.version'),
          updated_at: ref('excluded.updated_at'),
        })),
      ),
    )
    .returningAll()
    .execute();
  const after = new Map(stored.map((row) => [row.id, tenantOf(row)]));
  return changes.map(({ id, before }) => trace('tenant', id, id, before, after.get(id)));
}

async function storeNewKeys(
  { trx, at }: RegistryWrite,
  pepper: Pepper,
  changes: RegistryChanges['newKeys'],
): Promise<readonly NewApiKey[]> {
  const toMake = changes.map(({ tenant, input }): KeyToMake => {
    const { name = '', limits = {}, scopes = {}, expiresAt = null, environment = 'live' } = input;
    const kept = { name, limits, scopes, expiresAt, ...utcEnd({ expiresAt }) };
    return { ...kept, tenant, token: newKeyToken(environment), lineage: null };
  });
  const rows = toMake.map((key) => {
    const { digest, ...row } = keyRow(key, pepper, at);
    return { ...row, digest: `\\x${digest.toString('hex')}`, limits: key.limits, scopes: key.scopes };
  });
  const stored = await trx
    .insertInto('api_key')
    .columns(KEY_COLUMNS)
    .expression(rowsFrom('api_key', KEY_COLUMNS, rows))
    .returningAll()
    .execute();
  const after = new Map(stored.map((row) => [row.id, keyOf(row, at)]));
  return toMake.map(({ token }) => ({ text: tokenText(token), key: stands(after.get(token.id), token.id) }));
}

/** An UPDATE, where the others may be an INSERT: a key's row has its digest, which nobody reads to write it back. */
async function storeKeys(
  { trx, at }: RegistryWrite,
  changes: RegistryChanges['keys'],
): Promise<readonly Audited[]> {
  const rows = changes.map(({ before, input: { environment: _fixed, ...input } }) => ({
    id: before.id,
    ...columnsOf({ ...before, ...input, ...utcEnd(input) }),
  }));
  const column = <Name extends keyof (typeof rows)[number]>(name: Name) => rows.map((row) => row[name]);
  const stored = await sql<Selectable<ApiKeyTable>>`
    UPDATE api_key AS key SET name = new.name, limits = new.limits::jsonb, scopes = new.scopes::jsonb,
      expires_at = new.expires_at::timestamptz, version = key.version + 1
    FROM unnest(${column('id')}::text[], ${column('name')}::text[], ${column('limits')}::text[],
      ${column('scopes')}::text[], ${column('expires_at')}::text[]) AS new (id, name, limits, scopes, expires_at)
    WHERE key.id = new.id RETURNING key.*`.execute(trx);
  const after = new Map(stored.rows.map((row) => [row.id, keyOf(row, at)]));
  return changes.map(({ before }) => trace('key', before.id, before.tenant, before, after.get(before.id)));
}

function trace(
  kind: 'plan' | 'tenant' | 'key',
  target: string,
  tenant: string | null,
  before: Plan | Tenant | ApiKey | null,
  after: Plan | Tenant | ApiKey | undefined,
): Audited {
  const action = before === null ? `${kind}.create` : `${kind}.update`;
  return { action, target, tenant, before, after: stands(after, target) };
}

/** Missing would be a change decided from what was no longer there; the transaction is undone. */
function stands<T>(row: T | undefined, id: string): T {
  if (row === undefined) throw new TypeError(`${id} is not there to be changed`);
  return row;
}
