import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, migrate, openDatabase } from '#database';
import { type ApiKey, adminKeyId, DatabaseRegistry, newKeyToken, parseKeyToken, tokenText } from '#tenancy';
import { newTestDatabase, type TestDatabase } from '../../../../test/servers/shared-servers.ts';
import { isProven, storedKey } from '../keys/stored-key.ts';
import { Killed, MemorySecrets, SecretsUntilKilled } from '../testing/memory-secrets.ts';
import { type Bootstrapped, bootstrap } from './bootstrap.ts';

const NAMES = { pepperSecret: 'pepper', adminSecret: 'admin', keySecret: 'key', tenant: 'default' };
const PEPPER = 'f3a9c1e07b5d2846a1b2c3d4e5f60718293a4b5c';
const OTHER_PEPPER = '0b7e5d1c9a3f48260d1e2f3a4b5c6d7e8f90a1b2';
const signal = () => AbortSignal.timeout(60_000);

let test: TestDatabase;
let database: Database;
let secrets: MemorySecrets;
beforeEach(async () => {
  secrets = new MemorySecrets();
  test = await newTestDatabase();
  const bounds = { maxConnections: 8, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  database = await openDatabase({ kind: 'postgres', url: test.url, ...bounds }, { signal: signal() });
  await migrate(database, { signal: signal() });
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

const run = (store = secrets): Promise<Bootstrapped> => bootstrap(store, database, NAMES);
const entry = (secret: string, key: string) => secrets.secrets.get(secret)?.[key] ?? '';
const registry = () => new DatabaseRegistry({ database, pepper: { version: 1, secret: PEPPER } });

async function allKeys(): Promise<readonly ApiKey[]> {
  const page = await registry().keys({ cursor: null, limit: 1_000 });
  return page === 'invalid-cursor' ? [] : page.items;
}

/** What whoever reads the Secrets relies on: the key's text is one the database knows, under the pepper beside it. */
async function expectUsable(): Promise<void> {
  const token = parseKeyToken(entry('key', 'api-key'));
  const stored = await storedKey(database, token?.id ?? '');
  const peppers = new Map([[1, entry('pepper', '1')]]);
  expect(stored !== null && isProven(stored, peppers, token?.secret ?? '')).toBe(true);
  expect(adminKeyId(entry('admin', 'admin-key'))).not.toBeNull();
}

describe('a bootstrap', () => {
  it('makes pepper, admin key, tenant and a key that is proven by that pepper', async () => {
    const done = await run();
    expect(done).toMatchObject({
      isPepperNew: true,
      isAdminNew: true,
      isSecretNew: true,
      isTenantNew: true,
      isKeyNew: true,
      key: { tenant: 'default', state: 'active', environment: 'live' },
      earlier: [],
    });
    await expectUsable();
    expect((await allKeys()).map(({ id }) => id)).toEqual([done.key.id]);
  });

  it('changes nothing when it is run again', async () => {
    const first = await run();
    const made = structuredClone(secrets.secrets);
    const again = await run();
    expect(again).toEqual({
      ...first,
      isPepperNew: false,
      isAdminNew: false,
      isSecretNew: false,
      isTenantNew: false,
      isKeyNew: false,
    });
    expect(secrets.secrets).toEqual(made);
    expect(await allKeys()).toHaveLength(1);
  });

  it('makes one of each when several run at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => run()));
    expect(new Set(all.map(({ key }) => key.id)).size).toBe(1);
    for (const made of ['isPepperNew', 'isAdminNew', 'isSecretNew', 'isTenantNew', 'isKeyNew'] as const)
      expect(all.filter((done) => done[made])).toHaveLength(1);
    expect(await allKeys()).toHaveLength(1);
    await expectUsable();
  });

  it('loses nothing and leaves nothing behind, wherever it was killed', async () => {
    let kills = 0;
    for (; ; kills++) {
      try {
        await run(new SecretsUntilKilled(secrets, kills));
        break;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      const text = entry('key', 'api-key');
      await run();
      await expectUsable();
      // A text that was written down is the one that holds.
      if (text !== '') expect(entry('key', 'api-key')).toBe(text);
      expect(await allKeys()).toHaveLength(1);
      secrets.secrets.clear();
      await database.sql.deleteFrom('api_key').execute();
    }
    // Three Secrets, each read, made and read or made alone, with a step before and after each call.
    expect(kills).toBeGreaterThanOrEqual(6);
  });

  it('takes the Secrets that are there, and makes their key known', async () => {
    const text = tokenText(newKeyToken('test'));
    // As kubectl makes them of files.
    secrets.secrets.set('pepper', { '3': `${PEPPER}\n`, '2': OTHER_PEPPER, note: 'rotated in May' });
    secrets.secrets.set('admin', { 'admin-key': `viewer Xq3LfT0bZ7Rw sha256:${'ab'.repeat(32)}\n` });
    secrets.secrets.set('key', { 'api-key': `${text}\n` });
    const given = structuredClone(secrets.secrets);
    const { key, isKeyNew, isSecretNew } = await run();
    expect([isKeyNew, isSecretNew, key.environment]).toEqual([true, false, 'test']);
    expect(secrets.secrets).toEqual(given);
    const stored = await storedKey(database, key.id);
    expect(stored?.pepperVersion).toBe(3);
    expect(
      stored !== null && isProven(stored, new Map([[3, PEPPER]]), parseKeyToken(text)?.secret ?? ''),
    ).toBe(true);
  });

  it('makes no pepper where keys need one that is gone', async () => {
    await run();
    secrets.secrets.delete('pepper');
    await expect(run()).rejects.toThrow(/Secret pepper is not there, but 1 active key .* restore it/);
    expect(secrets.secrets.has('pepper')).toBe(false);
  });

  it('says that a key was made with another pepper than the one beside it', async () => {
    await run();
    secrets.secrets.set('pepper', { '1': OTHER_PEPPER });
    await expect(run()).rejects.toThrow(/key in the Secret key was made with another pepper/);
  });

  it('makes a new key where the Secret was taken away, and names the one that goes on', async () => {
    const first = await run();
    secrets.secrets.delete('key');
    const second = await run();
    expect(second.key.id).not.toBe(first.key.id);
    expect([second.isKeyNew, second.earlier]).toEqual([true, [first.key.id]]);
    expect((await registry().key(first.key.id))?.state).toBe('active');
  });

  it('says that the key was revoked, and leaves it so', async () => {
    const { key } = await run();
    await registry().revokeKey('test', key.id);
    expect(await run()).toMatchObject({ isKeyNew: false, key: { id: key.id, state: 'revoked' } });
  });

  it.each([
    ['pepper', { pepper: PEPPER }, /holds no pepper/],
    ['pepper', { '1': 'change-me-change-me-change-me-change-me' }, /pepper 1 .* published example/],
    ['admin', { 'admin-key': `${PEPPER}x` }, /holds no admin key/],
    ['key', { 'api-key': `rw_live_${PEPPER}` }, /holds no key/],
    ['key', { key: PEPPER }, /holds no key: its key api-key/],
  ])('names the Secret %s that holds %j, and shows nothing of it', async (name, data, reason) => {
    secrets.secrets.set(name, data);
    const refusal = await run().catch((error: Error) => error);
    expect(refusal).toHaveProperty('message', expect.stringMatching(reason));
    for (const value of Object.values(data)) expect(String(refusal)).not.toContain(value);
    expect(secrets.secrets.get(name)).toEqual(data);
  });
});
