import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Database, migrate, openDatabase } from '#database';
import { DatabaseRegistry, parseKeyToken } from '#tenancy';
import { newEmbeddedFolder } from '../../../test/servers/shared-servers.ts';
import { DEMO_TENANT, ensureDemoKey } from './demo-tenant.ts';
import { openStateFolder, readKey, writeKey } from './state-folder.ts';

const signal = AbortSignal.timeout(60_000);
let embedded: Awaited<ReturnType<typeof newEmbeddedFolder>>;
let database: Database;
let registry: DatabaseRegistry;
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ropeway-demo-'));
  embedded = await newEmbeddedFolder();
  database = await openDatabase({ kind: 'embedded', folder: embedded.folder }, { signal });
  await migrate(database, { signal });
  registry = new DatabaseRegistry({ database, pepper: { version: 1, secret: 'p'.repeat(43) } });
});
afterAll(async () => {
  await database.close();
  await embedded.remove();
  rmSync(root, { recursive: true });
});

it('makes tenant, plan and key once, and finds them at the next start', async () => {
  const folder = openStateFolder(join(root, 'a'));
  const key = await ensureDemoKey(registry, folder);
  expect(readKey(folder.keyFile)).toBe(key);
  expect(await ensureDemoKey(registry, folder)).toBe(key);
  const listed = await registry.keys({ cursor: null, limit: 10, tenant: DEMO_TENANT });
  if (listed === 'invalid-cursor') throw new TypeError(listed);
  expect(listed.items.map(({ id }) => id)).toEqual([parseKeyToken(key)?.id]);
});

it.each(['no key at all', 'rw_live_000000000000_0000000000000000000000000000000000000000000_000000'])(
  'replaces a key the database does not know: %s',
  async (kept) => {
    const folder = openStateFolder(join(root, 'b'));
    writeKey(folder.keyFile, kept);
    const key = await ensureDemoKey(registry, folder);
    expect(key).toMatch(/^rw_live_/);
    expect(key).not.toBe(kept);
    expect(readKey(folder.keyFile)).toBe(key);
  },
);
