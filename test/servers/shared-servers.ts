// What a test file calls: the run's Redis with a prefix of its own, the run's PostgreSQL with a database of its own.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, dropDatabase } from './create-database.ts';
import type { SharedServer } from './server-desk.ts';

/** Set by global-setup.ts for the processes that run test files. */
export const DESK = 'ROPEWAY_TEST_DESK';
/** Set by whoever has servers of their own to test with, which then are neither started nor stopped. */
const OWN: Readonly<Record<SharedServer, string | null>> = {
  redis: 'ROPEWAY_TEST_REDIS_URL',
  postgres: 'ROPEWAY_TEST_POSTGRES_URL',
  embedded: null,
};

export interface TestDatabase {
  readonly url: string;
  /** Cuts whoever is still connected. */
  drop(): Promise<void>;
}

/** Shared by all test files: use `uniquePrefix` in every key, never FLUSHALL. Killing or pausing it is for `startRedis`. */
export function testRedisUrl(): Promise<string> {
  return serverUrl('redis');
}

/** Empty, and only the caller's. */
export async function newTestDatabase(): Promise<TestDatabase> {
  const adminUrl = await serverUrl('postgres');
  const name = uniquePrefix();
  const url = await createDatabase(adminUrl, name);
  return { url, drop: () => dropDatabase(adminUrl, name) };
}

interface EmbeddedFolder {
  readonly folder: string;
  /** Close the database first. */
  remove(): void;
}

/** A PGlite folder, empty, only the caller's, and opened in half a second: `new PGlite(folder)`. */
export async function newEmbeddedFolder(): Promise<EmbeddedFolder> {
  const template = await serverUrl('embedded');
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-pglite-'));
  cpSync(template, folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Letters, digits and `_`, starting with a letter: fit for a Redis key, a database or a channel. */
export function uniquePrefix(): string {
  return `t_${randomBytes(8).toString('hex')}`;
}

async function serverUrl(name: SharedServer): Promise<string> {
  const variable = OWN[name];
  const own = variable === null ? undefined : process.env[variable];
  if (own !== undefined) return own;
  const desk = process.env[DESK];
  if (desk === undefined)
    throw new Error('shared servers are for test files that jest runs; elsewhere start one');
  const response = await fetch(`${desk}/${name}`, { headers: { connection: 'close' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`the run's ${name} does not start: ${text}`);
  return text;
}
