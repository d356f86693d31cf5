// Tenants and keys for tests of the gateway's side, written as an administrator's process writes them: straight into the tables.

import type { Insertable, Updateable } from 'kysely';
import type { Database, Schema } from '#database';
import { keyDigest } from '../src/key-digest.ts';
import { type KeyEnvironment, type KeyToken, newKeyToken, tokenText } from '../src/key-token.ts';

export const PEPPERS: ReadonlyMap<number, string> = new Map([
  [1, 'first pepper of these tests, 32 bytes and more'],
]);
export const TWO_PEPPERS: ReadonlyMap<number, string> = new Map([
  ...PEPPERS,
  [2, 'second pepper of these tests, 32 bytes and more'],
]);

export interface TestKey {
  readonly id: string;
  readonly token: KeyToken;
  /** `Bearer rw_live_…` */
  readonly header: string;
  /** The same id with a secret that is not its own. */
  readonly wrongHeader: string;
}

type KeyChanges = Partial<Insertable<Schema['api_key']>>;

/** A key that no database has; its checksum is right. */
export function newTestKey(environment: KeyEnvironment = 'live'): TestKey {
  const token = newKeyToken(environment);
  const wrong = tokenText({ ...token, secret: newKeyToken(environment).secret });
  return { id: token.id, token, header: `Bearer ${tokenText(token)}`, wrongHeader: `Bearer ${wrong}` };
}

export class KeyDesk {
  readonly #database: Database;
  #tenants = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Its id. */
  async newTenant(changes: Partial<Insertable<Schema['tenant']>> = {}): Promise<string> {
    const id = changes.id ?? `tenant-${++this.#tenants}`;
    const row = { id, display_name: id, limits: '{}', scopes: '{}', ...changes };
    await this.#database.sql.insertInto('tenant').values(row).execute();
    return id;
  }

  async newPlan(name: string, limits: object, scopes: object = {}): Promise<void> {
    const row = { name, limits: JSON.stringify(limits), scopes: JSON.stringify(scopes) };
    await this.#database.sql.insertInto('plan').values(row).execute();
  }

  async setPlan(name: string, limits: object): Promise<void> {
    const row = { limits: JSON.stringify(limits) };
    await this.#database.sql.updateTable('plan').set(row).where('name', '=', name).execute();
  }

  /** Of a tenant of its own unless said otherwise. */
  async newKey(changes: KeyChanges = {}): Promise<TestKey> {
    const key = newTestKey(changes.environment ?? 'live');
    await this.addKey(key, changes);
    return key;
  }

  async addKey(key: TestKey, changes: KeyChanges = {}): Promise<void> {
    const tenant = changes.tenant ?? (await this.newTenant());
    const pepper = TWO_PEPPERS.get(changes.pepper_version ?? 1) ?? 'a pepper that no gateway has';
    await this.#database.sql
      .insertInto('api_key')
      .values({
        id: key.id,
        tenant,
        lineage: key.id,
        name: '',
        environment: key.token.environment,
        digest: keyDigest(pepper, key.token.secret),
        pepper_version: 1,
        limits: '{}',
        scopes: '{}',
        ...changes,
      })
      .execute();
  }

  revoke(id: string): Promise<void> {
    return this.setKey(id, { revoked_at: new Date() });
  }

  async setKey(id: string, changes: Updateable<Schema['api_key']>): Promise<void> {
    await this.#database.sql.updateTable('api_key').set(changes).where('id', '=', id).execute();
  }

  async setTenant(id: string, changes: Updateable<Schema['tenant']>): Promise<void> {
    await this.#database.sql.updateTable('tenant').set(changes).where('id', '=', id).execute();
  }

  async keyRow(id: string) {
    return this.#database.sql
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
  }
}
