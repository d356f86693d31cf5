// Keys as they are made: the first of a lineage, or one that takes over from another. The only place where the text of a
// database's key is seen; it goes to whoever asked and is kept nowhere.
import { keyDigest } from './key-digest.ts';
import { type KeyToken, newKeyToken, parseKeyToken, tokenText } from './key-token.ts';
import { keyInputSchema } from './plan-schema.ts';
import type { AdoptedKeyInput, ApiKey, KeyInput, NewApiKey, Result } from './registry.ts';
import { changeKey, columnsOf, endOf, readKey, utcEnd } from './registry-keys.ts';
import {
  checked,
  conflict,
  done,
  endsInPast,
  invalid,
  notFound,
  versionRefusal,
} from './registry-refusals.ts';
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
const LONGEST_OVERLAP_MS = 7 * 24 * 3_600_000;

export async function createKey(
  write: RegistryWrite,
  pepper: Pepper,
  tenant: string,
  input: KeyInput,
): Promise<Result<NewApiKey>> {
  const token = newKeyToken(input.environment ?? 'live');
  const made = await firstOfLineage(write, pepper, tenant, { input, token });
  return made.ok ? done({ text: tokenText(token), key: made.value }) : made;
}

export async function adoptKey(
  write: RegistryWrite,
  pepper: Pepper,
  tenant: string,
  { text, ...input }: AdoptedKeyInput & { readonly text: string },
): Promise<Result<ApiKey>> {
  const token = parseKeyToken(text);
  if (token === null) return invalid('text', 'is not the text of a key (rw_live_… or rw_test_…)');
  if ((await readKey(write.trx, token.id, write.at)) !== null)
    return conflict(`There is a key ${token.id} already.`);
  return firstOfLineage(write, pepper, tenant, { input, token });
}

async function firstOfLineage(
  write: RegistryWrite,
  pepper: Pepper,
  tenant: string,
  { input, token }: { readonly input: KeyInput; readonly token: KeyToken },
): Promise<Result<ApiKey>> {
  const read = checked(keyInputSchema, input);
  if (!read.ok) return read;
  if ((await readTenant(write.trx, tenant)) === null) return notFound(`tenant ${tenant}`);
  const { name = '', limits = {}, scopes = {}, expiresAt = null } = read.value;
  if (expiresAt !== null && new Date(expiresAt) <= write.at) return endsInPast();
  const kept = { name, limits, scopes, expiresAt, ...utcEnd({ expiresAt }) };
  const key = await insertKey(write, pepper, { tenant, token, lineage: null, ...kept });
  await writeAudit(write, { action: 'key.create', target: key.id, tenant, before: null, after: key });
  return done(key);
}

/** `overlapMs` 0 ends the old key now. Its own end, where it comes sooner, stays. */
export async function rotateKey(
  write: RegistryWrite,
  pepper: Pepper,
  id: string,
  { overlapMs, ifVersion }: { readonly overlapMs: number; readonly ifVersion: number | null },
): Promise<Result<NewApiKey>> {
  if (!Number.isInteger(overlapMs) || overlapMs < 0 || overlapMs > LONGEST_OVERLAP_MS)
    return invalid('overlapMs', `must be 0 to ${LONGEST_OVERLAP_MS}, seven days`);
  const old = await readKey(write.trx, id, write.at);
  if (old === null) return notFound(`key ${id}`);
  const refusal = versionRefusal(old.version, ifVersion);
  if (refusal !== null) return refusal;
  if (old.replacedBy !== null)
    return conflict(`The key ${id} was rotated to ${old.replacedBy} already: rotate that one.`);
  if (old.state !== 'active') return conflict(`The key ${id} is ${old.state}: make a new one.`);
  const token = newKeyToken(old.environment);
  const key = await insertKey(write, pepper, { ...old, token });
  const endMs = Math.min(write.at.getTime() + overlapMs, endOf(old));
  const ends = { replaced_by: key.id, expires_at: new Date(endMs).toISOString() };
  await changeKey(write, old, 'key.rotate', ends);
  await writeAudit(write, {
    action: 'key.create',
    target: key.id,
    tenant: key.tenant,
    before: null,
    after: key,
  });
  return done({ text: tokenText(token), key });
}

export type KeyToMake = Pick<ApiKey, 'tenant' | 'name' | 'limits' | 'scopes' | 'expiresAt'> & {
  readonly token: KeyToken;
  /** null: its own. */
  readonly lineage: string | null;
};

async function insertKey(write: RegistryWrite, pepper: Pepper, toMake: KeyToMake): Promise<ApiKey> {
  const row = await write.trx
    .insertInto('api_key')
    .values(keyRow(toMake, pepper, write.at))
    .returningAll()
    .executeTakeFirstOrThrow();
  return keyOf(row, write.at);
}

export function keyRow(toMake: KeyToMake, pepper: Pepper, at: Date) {
  const { tenant, token, lineage } = toMake;
  return {
    ...columnsOf(toMake),
    id: token.id,
    tenant,
    environment: token.environment,
    lineage: lineage ?? token.id,
    digest: keyDigest(pepper.secret, token.secret),
    pepper_version: pepper.version,
    replaced_by: null,
    created_at: at,
  };
}
