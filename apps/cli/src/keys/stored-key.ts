// What the database keeps of a key, as far as its proof needs it.
import type { Database } from '#database';
import { keyDigest } from '#tenancy';

export interface StoredKey {
  readonly digest: Buffer;
  readonly pepperVersion: number;
}

/** null: there is none of that id. */
export async function storedKey(
  { sql: tables }: Pick<Database, 'sql'>,
  id: string,
): Promise<StoredKey | null> {
  const row = await tables
    .selectFrom('api_key')
    .select(['digest', 'pepper_version'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : { digest: Buffer.from(row.digest), pepperVersion: row.pepper_version };
}

/** Whether this is the pepper, of the key's version, that the key was made with. */
export function isProven(stored: StoredKey, peppers: ReadonlyMap<number, string>, secret: string): boolean {
  const pepper = peppers.get(stored.pepperVersion);
  return pepper !== undefined && keyDigest(pepper, secret).equals(stored.digest);
}
