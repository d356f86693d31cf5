// A whole admin API over a real database, asked through HTTP as a client asks it.
import { afterAll, beforeAll } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '#database';
import { UsageQueries } from '#ledger';
import { MemoryLimiter } from '#limits';
import { DatabaseRegistry, newAdminKey } from '#tenancy';
import { onBothDatabases } from '../../../libs/database/testing/both-databases.ts';
import type { ControlPorts } from '../src/control-ports.ts';
import { type Control, type ControlOptions, startControl } from '../src/start/start-control.ts';

export const PEPPER = { version: 1, secret: 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta' };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the JSON holds; a test says by its matchers what it has to be. */
  readonly body: Json;
}
// biome-ignore lint/suspicious/noExplicitAny: a test reads members of answers it has just asked for.
export type Json = any;

interface Asked {
  readonly method?: string;
  /** As JSON. */
  readonly body?: unknown;
  /** As it is. */
  readonly raw?: string | Buffer<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the admin key. null: none. */
  readonly key?: string | null;
}

export interface ControlUnderTest {
  readonly url: string;
  readonly adminKey: string;
  readonly viewerKey: string;
  readonly database: Database;
  /** All that was logged, as one text. */
  logged(): string;
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** Resolves once PostgreSQL has a statement of it waiting for a lock. */
  isRunning(): Promise<void>;
  drain(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export async function controlOver(
  database: Database,
  ports: Partial<ControlPorts> = {},
  options: Partial<ControlOptions> = {},
): Promise<ControlUnderTest> {
  const admin = newAdminKey('admin');
  const viewer = newAdminKey('viewer');
  const lines: string[] = [];
  const log = (fields: object, message: string) => void lines.push(JSON.stringify({ message, ...fields }));
  const limiter = new MemoryLimiter();
  const control: Control = await startControl(
    { host: '127.0.0.1', port: 0, adminKeys: [admin.key, viewer.key], failedPerMinute: 100_000, ...options },
    {
      database,
      registry: new DatabaseRegistry({ database, pepper: PEPPER }),
      usage: new UsageQueries(database),
      limiter,
      pools: () => ({ largestWindowTokens: 131_072, largestPoolWeight: 1 }),
      logger: { info: log, warn: log, error: log },
      version: '0.0.0-test',
      redisMode: () => 'none',
      ledgerStats: () => null,
      gateways: [],
      ...ports,
    },
  );
  const { url } = control;
  return {
    url,
    adminKey: admin.text,
    viewerKey: viewer.text,
    database,
    logged: () => lines.join('\n'),
    ask: (path, asked = {}) => ask(url + path, { key: admin.text, ...asked }),
    isRunning: () => untilLocked(database),
    drain: (limitMs) => control.drain(limitMs),
    close: async () => {
      await control.close();
      await limiter.close();
    },
  };
}

/** The same tests over both databases, each with an admin API of its own. */
export function onBothControls(title: string, tests: (control: () => ControlUnderTest) => void): void {
  onBothDatabases(title, (database) => {
    let control: ControlUnderTest | undefined;
    beforeAll(async () => {
      control = await controlOver(database());
    });
    afterAll(() => control?.close());
    tests(() => {
      if (control === undefined) throw new Error('the admin API runs in tests and hooks only');
      return control;
    });
  });
}

async function ask(url: string, { method, body, raw, headers = {}, key }: Asked): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

async function untilLocked({ sql: db }: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db);
    if (rows.length > 0) return;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

let counter = 0;
/** A name nothing else in the database has. */
export function unique(prefix: string): string {
  return `${prefix}-${process.pid}-${counter++}`;
}
