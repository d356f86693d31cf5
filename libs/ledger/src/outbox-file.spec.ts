import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerIntent, LedgerRow } from './ledger.ts';
import { anIntent, aRow, newFolder } from './ledger-under-test.ts';
import { type OutboxCommit, OutboxFile } from './outbox-file.ts';

let folder: ReturnType<typeof newFolder>;
let path: string;
beforeEach(() => {
  folder = newFolder();
  path = join(folder.path, 'outbox-0.db');
});
afterEach(() => folder.remove());

function open(): OutboxFile {
  const file = OutboxFile.open(path);
  if (file === 'held') throw new Error('held');
  return file;
}

function commit(parts: Partial<OutboxCommit>): OutboxCommit {
  return { firstSeq: 1, intents: [], ticks: [], closedSeqs: [], rows: [], nowMs: 0, ...parts };
}

function intents(count: number): readonly LedgerIntent[] {
  return Array.from({ length: count }, (_, index) => anIntent(index + 1));
}

function texts(values: readonly object[]): readonly string[] {
  return values.map((value) => JSON.stringify(value));
}

function rowsOf(file: OutboxFile): readonly LedgerRow[] {
  return JSON.parse(file.read(1_000_000).text);
}

describe('a file that is opened again', () => {
  it('has every row, and makes rows of intents that nobody closed', () => {
    const [first, second, third] = intents(3) as [LedgerIntent, LedgerIntent, LedgerIntent];
    const file = open();
    file.commit(commit({ intents: texts([first, second, third]) }));
    const atMs = Date.parse(first.started_at) + 500;
    file.commit(commit({ firstSeq: 4, ticks: [{ seq: 2, tokens: 77 }], nowMs: atMs }));
    file.commit(commit({ firstSeq: 4, closedSeqs: [1], rows: texts([aRow(first)]) }));
    file.close();

    const again = open();
    expect(again.size()).toMatchObject({ intents: 2, rows: 1 });
    expect(again.lastSeq).toBe(3);
    expect(again.recover()).toBe(2);
    expect(again.size()).toMatchObject({ intents: 0, rows: 3 });
    expect(rowsOf(again)).toMatchObject([
      { request_id: first.request_id, outcome: 'completed' },
      { request_id: second.request_id, outcome: 'unknown', completion_tokens: 77, duration_ms: 500 },
      { request_id: third.request_id, outcome: 'unknown', completion_tokens: 0 },
    ]);
    again.close();
  });

  it('leaves no row of an intent that was withdrawn', () => {
    const file = open();
    file.commit(commit({ intents: texts(intents(1)) }));
    file.commit(commit({ firstSeq: 2, closedSeqs: [1], rows: [''] }));
    expect(file.recover()).toBe(0);
    expect(file.size()).toMatchObject({ intents: 0, rows: 0 });
    file.close();
  });

  it('opens an intent once, however often the commit is repeated', () => {
    const file = open();
    file.commit(commit({ intents: texts(intents(2)) }));
    file.commit(commit({ intents: texts(intents(2)) }));
    expect(file.size().intents).toBe(2);
    file.close();
  });
});

describe('delivery', () => {
  it('reads the oldest first and removes only what was read', () => {
    const all = intents(5);
    const file = open();
    file.commit(commit({ intents: texts(all) }));
    const rows = texts(all.map((intent) => aRow(intent)));
    file.commit(commit({ firstSeq: 6, closedSeqs: [1, 2, 3, 4, 5], rows }));
    const batch = file.read(3);
    expect(batch.count).toBe(3);
    file.remove(batch.lastId);
    expect(rowsOf(file).map(({ request_id }) => request_id)).toEqual(
      all.slice(3).map((each) => each.request_id),
    );
    expect(file.size().rows).toBe(2);
    file.close();
  });

  it('keeps a refused row out of the way, but keeps it', () => {
    const [intent] = intents(1) as [LedgerIntent];
    const file = open();
    file.commit(commit({ intents: texts([intent]) }));
    file.commit(commit({ firstSeq: 2, closedSeqs: [1], rows: texts([aRow(intent)]) }));
    file.refuse(file.read(1).lastId, 'bad date');
    expect(file.size()).toMatchObject({ rows: 0, refused: 1 });
    file.close();
    const reader = new DatabaseSync(path);
    const kept = reader.prepare('select body, error from refused').get();
    reader.close();
    expect(kept).toEqual({ body: JSON.stringify(aRow(intent)), error: 'bad date' });
  });

  it('takes over the rows of another file', () => {
    const other = OutboxFile.open(join(folder.path, 'outbox-1.db'));
    if (other === 'held') throw new Error('held');
    other.commit(commit({ intents: texts(intents(5)) }));
    other.recover();
    const file = open();
    expect(file.adopt(other, 3)).toBe(3);
    expect(file.adopt(other, 3)).toBe(2);
    expect(other.size().rows).toBe(0);
    expect(rowsOf(file).map(({ request_id }) => request_id)).toEqual(
      intents(5).map((each) => each.request_id),
    );
    other.close();
    file.close();
  });
});

describe('a file that cannot be used', () => {
  it('is held while somebody has it, in this process or in another', () => {
    const file = open();
    expect(OutboxFile.open(path)).toBe('held');
    const source = `
      const { OutboxFile } = await import(${JSON.stringify(new URL('./outbox-file.ts', import.meta.url).href)});
      console.log(OutboxFile.open(${JSON.stringify(path)}) === 'held' ? 'held' : 'free');`;
    const ask = () =>
      spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).stdout;
    expect(ask().trim()).toBe('held');
    file.close();
    expect(ask().trim()).toBe('free');
  });

  it('says that it is damaged and what to do when it is not a database', () => {
    writeFileSync(path, 'not a database, '.repeat(1_000));
    expect(() => OutboxFile.open(path)).toThrow(/outbox-0\.db is damaged .*\.recover/s);
    // Left as it was found.
    expect(readFileSync(path, 'utf8')).toContain('not a database');
  });

  it('says so when its end is missing', () => {
    const file = open();
    file.commit(commit({ intents: texts(intents(1_000)) }));
    file.close();
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4_096) * 4_096);
    expect(() => OutboxFile.open(path)).toThrow(/is damaged/);
  });

  it('says so when a newer Ropeway wrote it', () => {
    const writer = new DatabaseSync(path);
    writer.exec('pragma user_version = 99');
    writer.close();
    expect(() => OutboxFile.open(path)).toThrow(/newer Ropeway/);
  });
});
