// The promise of the ledger: PostgreSQL away, gateways killed while streams run, again and again; in the end each answer is
// there once, and the sums say what the rows say.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type Database, migrate, openDatabase } from '#database';
import { type FaultyProxy, startFaultyProxy } from '../servers/start-faulty-proxy.ts';
import { startPostgres, type TestPostgres } from '../servers/start-postgres.ts';

const PROCESS = join(import.meta.dirname, '../../libs/ledger/testing/ledger-process.ts');

let postgres: TestPostgres;
let proxy: FaultyProxy;
let database: Database;
let folder: string;
const running: LedgerProcess[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await startFaultyProxy(postgres.url);
  database = await openHere();
  await migrate(database, { signal: AbortSignal.timeout(30_000) });
  folder = mkdtempSync(join(tmpdir(), 'ropeway-ledger-kill-'));
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.kill9()));
  await database.close();
  await proxy.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

function openHere(): Promise<Database> {
  const times = { connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  const options = { kind: 'postgres', url: postgres.url, maxConnections: 2, ...times } as const;
  return openDatabase(options, { signal: AbortSignal.timeout(30_000) });
}

/** A gateway's ledger in a process of its own, and everything that it said it had done. */
class LedgerProcess {
  readonly opened = new Set<number>();
  readonly closed = new Set<number>();
  readonly events: string[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;
  #watchers: (() => void)[] = [];

  constructor(first: number) {
    const args = [PROCESS, folder, proxy.url, `${first}`];
    this.#child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const lines = createInterface({ input: this.#child.stdout });
    lines.on('line', (line) => this.#hear(line));
    this.#ended = Promise.all([once(this.#child, 'exit'), once(lines, 'close')]);
    running.push(this);
  }

  /** Waits for no time but for things that were done. */
  async until(isSo: (process: LedgerProcess) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async end(): Promise<void> {
    this.#child.stdin.write('\n');
    await this.#ended;
  }

  #hear(line: string): void {
    const [what = '', detail = ''] = line.split(' ');
    if (what === 'open') this.opened.add(Number(detail));
    else if (what === 'close') this.closed.add(Number(detail));
    else this.events.push(line);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

it('loses no row and doubles none', async () => {
  const processes: LedgerProcess[] = [];
  const start = () => {
    const next = new LedgerProcess(processes.length * 1_000_000);
    processes.push(next);
    return next;
  };
  // Killed while it delivers: what it had sent may or may not be removed from its outbox.
  for (let kill = 0; kill < 3; kill++) {
    const delivering = start();
    await delivering.until(({ closed }) => closed.size > 300);
    await delivering.kill9();
  }
  // The network swallows everything; then the next one never sees the database at all, and that is killed, too.
  const cutOff = start();
  await cutOff.until(({ closed }) => closed.size > 100);
  await proxy.set('blackhole');
  await cutOff.until(({ events, closed }) => events.includes('event sink-away') && closed.size > 1_000);
  await cutOff.kill9();
  const blind = start();
  await blind.until(({ closed }) => closed.size > 1_000);
  await blind.kill9();
  await proxy.set('refuse');
  await database.close();
  await postgres.kill9();
  const refused = start();
  await refused.until(({ events, closed }) => events.includes('event sink-away') && closed.size > 300);
  await postgres.restart();
  database = await openHere();
  await proxy.set('pass');
  await refused.until(({ events }) => events.includes('event sink-back'));
  await refused.end();
  expect(refused.events).toContain('drained');

  const { rows } = await sql<{ id: string; outcome: string; tokens: number; times: number }>`
    select request_id as id, min(outcome) as outcome, min(completion_tokens)::int as tokens, count(*)::int as times
    from ledger group by 1`.execute(database.sql);
  const byNumber = new Map(rows.map((row) => [Number(row.id.slice('req_'.length)), row]));
  const missing = processes.flatMap(({ opened }) => [...opened].filter((number) => !byNumber.has(number)));
  expect(missing).toEqual([]);
  expect(rows.filter(({ times }) => times !== 1)).toEqual([]);
  for (const [number, { outcome, tokens }] of byNumber) {
    // A finished answer has its whole count; one that was killed no more than it had streamed.
    if (outcome === 'completed') expect(tokens).toBe(number % 40);
    else expect(tokens).toBeLessThanOrEqual(number % 40);
  }
  const unknown = rows.filter(({ outcome }) => outcome === 'unknown');
  expect(unknown.some(({ tokens }) => tokens > 0)).toBe(true);
  expect(refused.opened.size).toBe(refused.closed.size);
  expect(unknown.some(({ id }) => Number(id.slice('req_'.length)) >= 5_000_000)).toBe(false);
  expect(await sumsThatDiffer()).toEqual([]);
});

/** Daily sums against rows, both ways. */
async function sumsThatDiffer(): Promise<readonly object[]> {
  const { rows } = await sql<object>`
    with sums as (
      select (started_at at time zone 'UTC')::date as day, tenant, lineage, key_id, model, pool, count(*) as requests,
        sum(prompt_tokens)::bigint as prompt, sum(completion_tokens)::bigint as completion, sum(cost_micro)::bigint as cost
      from ledger group by 1, 2, 3, 4, 5, 6
    ), daily as (
      select day, tenant, lineage, key_id, model, pool, requests, prompt_tokens, completion_tokens, cost_micro from usage_daily
    )
    (select * from sums except select * from daily) union all (select * from daily except select * from sums)`.execute(
    database.sql,
  );
  return rows;
}
