// Keys, as the registry reads and writes them. Making and rotating one is in registry-new-keys.ts.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { ApiKeyTable, Schema } from '#database';
import { keyInputSchema } from './plan-schema.ts';
import { keyIdSchema } from './plan-schema-names.ts';
import type { ApiKey, KeyInput, Listed, PageAsk, RegistryRefusal, Result } from './registry.ts';
import { isStamp, readPage } from './registry-cursor.ts';
import { checked, conflict, done, invalid, notFound, versionRefusal } from './registry-refusals.ts';
import { keyOf } from './registry-rows.ts';
import { isSame, type RegistryWrite, writeAudit } from './registry-write.ts';

export interface KeysAsk extends PageAsk {
  readonly tenant?: string;
  readonly state?: ApiKey['state'];
}

/** Newest first. */
export function readKeysPage(db: Kysely<Schema>, ask: KeysAsk, now: Date): Promise<Listed<ApiKey>> {
  return readPage({
    list: 'keys',
    ask,
    keyOf: (row: Selectable<ApiKeyTable>) => [row.created_at.toISOString(), row.id],
    isKey: ([createdAt = '', id, ...rest]) =>
      rest.length === 0 && isStamp(createdAt) && keyIdSchema.safeParse(id).success,
    read: (after, count) => keysQuery(db, ask, after, now).limit(count).execute(),
    itemOf: (row) => keyOf(row, now),
  });
}

function keysQuery(
  db: Kysely<Schema>,
  { tenant, state }: KeysAsk,
  after: readonly string[] | null,
  now: Date,
) {
  let query = db.selectFrom('api_key').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (state !== undefined) query = query.where('revoked_at', state === 'revoked' ? 'is not' : 'is', null);
  if (state === 'expired') query = query.where('expires_at', '<=', now);
  if (state === 'active') {
    query = query.where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', now)]));
  }
  if (after === null) return query;
  const [createdAt = '', id = ''] = after;
  return query.where(sql<boolean>`(created_at, id) < (${createdAt}::timestamptz, ${id})`);
}

export async function readKey(db: Kysely<Schema>, id: string, now: Date): Promise<ApiKey | null> {
  const row = await db.selectFrom('api_key').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : keyOf(row, now);
}

export async function updateKey(
  write: RegistryWrite,
  id: string,
  input: KeyInput,
  ifVersion: number | null,
): Promise<Result<ApiKey>> {
  const read = checked(keyInputSchema, input);
  if (!read.ok) return read;
  const { environment, ...wanted } = read.value;
  const before = await readKey(write.trx, id, write.at);
  if (before === null) return notFound(`key ${id}`);
  const refusal = versionRefusal(before.version, ifVersion);
  if (refusal !== null) return refusal;
  if (environment !== undefined && environment !== before.environment)
    return invalid('environment', `is part of the key's text and stays ${before.environment}`);
  const settings = { ...settingsOf(before), ...wanted, ...utcEnd(wanted) };
  if (isSame(settingsOf(before), settings)) return done(before);
  if (before.state === 'revoked') return conflict(`The key ${id} is revoked, and stays as it is.`);
  if (endOf(settings) > endOf(before) && before.replacedBy !== null) return pastOverlap(before);
  return done(await changeKey(write, before, 'key.update', columnsOf(settings)));
}

/** Its overlap was what its rotation granted: a replaced key that goes on would be a second one nobody keeps an eye on. */
function pastOverlap({ id, replacedBy, expiresAt }: ApiKey): RegistryRefusal {
  return conflict(
    `The key ${id} was rotated to ${replacedBy} and ends at ${expiresAt}: give a sooner end, or use ${replacedBy}.`,
    'expiresAt',
  );
}

export async function revokeKey(
  write: RegistryWrite,
  id: string,
  ifVersion: number | null,
): Promise<Result<ApiKey>> {
  const before = await readKey(write.trx, id, write.at);
  if (before === null) return notFound(`key ${id}`);
  const refusal = versionRefusal(before.version, ifVersion);
  if (refusal !== null) return refusal;
  if (before.state === 'revoked') return done(before);
  return done(await changeKey(write, before, 'key.revoke', { revoked_at: write.at }));
}

interface KeyColumns {
  readonly name?: string;
  readonly limits?: string;
  readonly scopes?: string;
  readonly expires_at?: string | null;
  readonly revoked_at?: Date;
  readonly replaced_by?: string;
}

/** Stores the columns as the next version, and writes it down. */
export async function changeKey(
  write: RegistryWrite,
  before: ApiKey,
  action: string,
  columns: KeyColumns,
): Promise<ApiKey> {
  const row = await write.trx
    .updateTable('api_key')
    .set({ ...columns, version: before.version + 1 })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = keyOf(row, write.at);
  await writeAudit(write, { action, target: before.id, tenant: before.tenant, before, after });
  return after;
}

type KeySettings = Pick<ApiKey, 'name' | 'limits' | 'scopes' | 'expiresAt'>;

function settingsOf({ name, limits, scopes, expiresAt }: ApiKey): KeySettings {
  return { name, limits, scopes, expiresAt };
}

/** In milliseconds; without one, never. */
export function endOf({ expiresAt }: Pick<ApiKey, 'expiresAt'>): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

/** As it is stored: the same moment with another offset is no change. */
export function utcEnd({ expiresAt }: Pick<KeyInput, 'expiresAt'>): { expiresAt?: string } {
  return typeof expiresAt === 'string' ? { expiresAt: new Date(expiresAt).toISOString() } : {};
}

export function columnsOf({ name, limits, scopes, expiresAt }: KeySettings) {
  return { name, limits: JSON.stringify(limits), scopes: JSON.stringify(scopes), expires_at: expiresAt };
}
