// Keys as they are made: the first of a lineage, or one that takes over from another. The only place where the text of a
// database's key is seen; it goes to whoever asked and is kept nowhere.
import { keyDigest } from './key-digest.ts';
import { newKeyToken, tokenText } from './key-token.ts';
import { keyInputSchema } from './plan-schema.ts';
import type { ApiKey, KeyInput, NewApiKey, Result } from './registry.ts';
import { changeKey, columnsOf, readKey, utcEnd } from './registry-keys.ts';
import { checked, conflict, done, invalid, notFound } from './registry-refusals.ts';
import { keyOf } from './registry-rows.ts';
import { readTenant } from './registry-tenants.ts';
import { type RegistryWrite, writeAudit } from './registry-write.ts';

/** The pepper new digests are made with, and the number they name it by. */
export interface Pepper {
  readonly version: number;
  /** Never stored beside the digests. */
  readonly secret: string;
}

/** K6 of the design of limits and keys. */
export const LONGEST_OVERLAP_MS = 7 * 24 * 3_600_000;

export async function createKey(
  write: RegistryWrite,
  pepper: Pepper,
  tenant: string,
  input: KeyInput,
): Promise<Result<NewApiKey>> {
  const read = checked(keyInputSchema, input);
  if (!read.ok) return read;
  if ((await readTenant(write.trx, tenant)) === null) return notFound(`tenant ${tenant}`);
  const { name = '', environment = 'live', limits = {}, scopes = {}, expiresAt = null } = read.value;
  if (expiresAt !== null && new Date(expiresAt) <= write.at) return invalid('expiresAt', 'is in the past');
  const kept = { name, limits, scopes, expiresAt, ...utcEnd({ expiresAt }) };
  const made = await insertKey(write, pepper, { tenant, environment, lineage: null, ...kept });
  await writeAudit(write, {
    action: 'key.create',
    target: made.key.id,
    tenant,
    before: null,
    after: made.key,
  });
  return done(made);
}

/** `overlapMs` 0 ends the old key now. Its own end, where it comes sooner, stays. */
export async function rotateKey(
  write: RegistryWrite,
  pepper: Pepper,
  id: string,
  overlapMs: number,
): Promise<Result<NewApiKey>> {
  if (!Number.isInteger(overlapMs) || overlapMs < 0 || overlapMs > LONGEST_OVERLAP_MS)
    return invalid('overlapMs', `must be 0 to ${LONGEST_OVERLAP_MS}, seven days`);
  const old = await readKey(write.trx, id, write.at);
  if (old === null) return notFound(`key ${id}`);
  if (old.replacedBy !== null)
    return conflict(`The key ${id} was rotated to ${old.replacedBy} already: rotate that one.`);
  if (old.state !== 'active') return conflict(`The key ${id} is ${old.state}: make a new one.`);
  const made = await insertKey(write, pepper, old);
  const endMs = Math.min(write.at.getTime() + overlapMs, endOf(old));
  const ends = { replaced_by: made.key.id, expires_at: new Date(endMs).toISOString() };
  await changeKey(write, old, 'key.rotate', ends);
  const { key } = made;
  await writeAudit(write, {
    action: 'key.create',
    target: key.id,
    tenant: key.tenant,
    before: null,
    after: key,
  });
  return done(made);
}

type KeyToMake = Pick<ApiKey, 'tenant' | 'name' | 'environment' | 'limits' | 'scopes' | 'expiresAt'> & {
  /** null: its own. */
  readonly lineage: string | null;
};

async function insertKey(write: RegistryWrite, pepper: Pepper, toMake: KeyToMake): Promise<NewApiKey> {
  const { tenant, environment, lineage } = toMake;
  const token = newKeyToken(environment);
  const row = await write.trx
    .insertInto('api_key')
    .values({
      ...columnsOf(toMake),
      id: token.id,
      tenant,
      environment,
      lineage: lineage ?? token.id,
      digest: keyDigest(pepper.secret, token.secret),
      pepper_version: pepper.version,
      replaced_by: null,
      created_at: write.at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { text: tokenText(token), key: keyOf(row, write.at) };
}

function endOf({ expiresAt }: ApiKey): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}
