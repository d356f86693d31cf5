// One file of the outbox, held by one process: intents that are open, rows that wait, rows that were refused. SQLite,
// because its log is what we would have to write ourselves: fsync, checksums, recovery of a half-written end (ADR 0011).
// Synchronous, so only the outbox's own thread opens it.
import { DatabaseSync, type StatementResultingChanges, type StatementSync } from 'node:sqlite';
import { FreeRoom } from './free-room.ts';
import type { LedgerIntent } from './ledger.ts';
import { checkWhole, damaged, isBusy, isDamage, notOpened } from './outbox-damage.ts';
import { recoveredRow } from './recovered-row.ts';

/** Everything of one group commit. Sequence numbers are given out by the caller, once each. */
export interface OutboxCommit {
  /** JSON of each intent; the first has this number, the others follow. */
  readonly firstSeq: number;
  readonly intents: readonly string[];
  /** Output tokens of open intents. */
  readonly ticks: readonly { readonly seq: number; readonly tokens: number }[];
  /** JSON of each row, and the intent it ends. A row of '' withdraws the intent: it was never dispatched. */
  readonly closedSeqs: readonly number[];
  readonly rows: readonly string[];
  /** Wall clock, for what is recovered. */
  readonly nowMs: number;
}

export interface OutboxBatch {
  /** JSON array. */
  readonly text: string;
  readonly count: number;
  readonly lastId: number;
}

export interface OutboxSize {
  readonly intents: number;
  readonly rows: number;
  readonly refused: number;
  /** In use; pages of delivered rows are used again. */
  readonly bytes: number;
  /** What the disk still takes, a tenth of a second ago at most. */
  readonly freeBytes: number;
}

/** Of the tables below, in `user_version`. */
const FORMAT = 1;
const TABLES = `
  create table if not exists intent (
    seq integer primary key, body text not null, tokens integer not null default 0, metered_ms integer) strict;
  create table if not exists closed (id integer primary key, body text not null) strict;
  create table if not exists refused (id integer primary key, body text not null, error text not null) strict;
  create table if not exists probe (id integer primary key, at_ms integer not null) strict;
  pragma user_version = ${FORMAT};`;
/** The log is shortened to this when it has grown beyond, as it does while a large batch is written. */
const LOG_BYTES = 64 * 1024 * 1024;

export class OutboxFile {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #pageBytes: number;
  readonly #room: FreeRoom;
  /** Highest number of an intent when the file was opened. */
  readonly lastSeq: number;
  #intents: number;
  #rows: number;
  #refused: number;

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#room = new FreeRoom(path);
    this.#statements = prepare(db);
    this.#pageBytes = numberOf(db.prepare('pragma page_size'));
    this.lastSeq = numberOf(db.prepare('select coalesce(max(seq), 0) from intent'));
    this.#intents = numberOf(db.prepare('select count(*) from intent'));
    this.#rows = numberOf(db.prepare('select count(*) from closed'));
    this.#refused = numberOf(db.prepare('select count(*) from refused'));
  }

  /** 'held' when another process has it, or another ledger of this one. Throws, saying what to do, when it is damaged. */
  static open(path: string): OutboxFile | 'held' {
    let db: DatabaseSync | null = null;
    try {
      db = new DatabaseSync(path, { timeout: 0 });
      // Exclusive: the lock is the kernel's, held as long as the file is open, so a killed process leaves none behind.
      // Full: a commit is on disk when it returns, power failure included.
      db.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;');
      db.exec(`pragma journal_size_limit = ${LOG_BYTES}; begin immediate;`);
      checkFormat(db, path);
      db.exec(TABLES);
      db.exec('commit');
      checkWhole(db);
      return new OutboxFile(db, path);
    } catch (error) {
      db?.close();
      if (isBusy(error)) return 'held';
      throw isDamage(error) ? damaged(path, error) : notOpened(path, error);
    }
  }

  /**
   * All or nothing, on disk when it returns. Throws when the disk is full or fails. May be repeated when it is not known
   * whether it was done: intents stay as they are, rows are there twice at worst, which a sink does not mind.
   */
  commit(batch: OutboxCommit): void {
    const { openIntent, tick, closeIntent, addRow, probe } = this.#statements;
    this.#atomically(() => {
      let intents = 0;
      let rows = 0;
      let seq = batch.firstSeq;
      for (const intent of batch.intents) intents += changesOf(openIntent.run(seq++, intent));
      for (const { seq: of, tokens } of batch.ticks) tick.run(tokens, batch.nowMs, of);
      for (const [index, of] of batch.closedSeqs.entries()) {
        intents -= changesOf(closeIntent.run(of));
        const row = batch.rows[index];
        if (row) rows += changesOf(addRow.run(row));
      }
      // An empty commit writes nothing, so it would not tell whether the disk is back.
      if (batch.intents.length + batch.closedSeqs.length === 0) probe.run(batch.nowMs);
      return { intents, rows };
    });
  }

  /** Intents of a process that is gone become rows. */
  recover(): number {
    const { allIntents, closeIntent, addRow } = this.#statements;
    return this.#atomically(() => {
      const left = allIntents.all();
      for (const { seq, body, tokens, metered_ms } of left) {
        const intent: LedgerIntent = JSON.parse(String(body));
        const tick = {
          completionTokens: Number(tokens),
          atMs: metered_ms === null ? null : Number(metered_ms),
        };
        addRow.run(JSON.stringify(recoveredRow(intent, tick)));
        closeIntent.run(Number(seq));
      }
      return { intents: -left.length, rows: left.length };
    }).rows;
  }

  /** The oldest rows. They stay until `remove`. */
  read(rows: number): OutboxBatch {
    const read = this.#statements.readRows.all(rows);
    return {
      text: `[${read.map(({ body }) => body).join(',')}]`,
      count: read.length,
      lastId: Number(read.at(-1)?.id ?? 0),
    };
  }

  /** What was read is delivered. Rows added since have higher ids. */
  remove(lastId: number): void {
    this.#atomically(() => ({ rows: -changesOf(this.#statements.removeRows.run(lastId)) }));
  }

  /** Sets one row aside, so that those behind it go on. */
  refuse(id: number, error: string): void {
    this.#atomically(() => {
      const refused = changesOf(this.#statements.refuseRow.run(error, id));
      return { refused, rows: -changesOf(this.#statements.removeRow.run(id)) };
    });
  }

  /** Rows of elsewhere, the text of a JSON array. */
  add(text: string): number {
    const rows: readonly object[] = JSON.parse(text);
    return this.#atomically(() => {
      for (const row of rows) this.#statements.addRow.run(JSON.stringify(row));
      return { rows: rows.length };
    }).rows;
  }

  /** Takes over the oldest rows of another file. On disk here before they leave there: at worst they are delivered twice. */
  adopt(orphan: OutboxFile, rows: number): number {
    const moved = orphan.#statements.readRows.all(rows);
    this.#atomically(() => {
      for (const { body } of moved) this.#statements.addRow.run(String(body));
      return { rows: moved.length };
    });
    const last = moved.at(-1);
    if (last !== undefined) orphan.remove(Number(last.id));
    return moved.length;
  }

  size(): OutboxSize {
    const { pages, freePages } = this.#statements;
    const bytes = (numberOf(pages) - numberOf(freePages)) * this.#pageBytes;
    return {
      intents: this.#intents,
      rows: this.#rows,
      refused: this.#refused,
      bytes,
      freeBytes: this.#room.bytes(),
    };
  }

  close(): void {
    this.#db.close();
  }

  /** `run` returns how many more there are of each, which counts once it is on disk. */
  #atomically<T extends Partial<OutboxSize>>(run: () => T): T {
    this.#db.exec('begin immediate');
    try {
      const more = run();
      this.#db.exec('commit');
      this.#intents += more.intents ?? 0;
      this.#rows += more.rows ?? 0;
      this.#refused += more.refused ?? 0;
      return more;
    } catch (error) {
      // Some failures of the disk have rolled back already.
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    openIntent: db.prepare('insert or ignore into intent (seq, body) values (?, ?)'),
    tick: db.prepare('update intent set tokens = ?, metered_ms = ? where seq = ?'),
    closeIntent: db.prepare('delete from intent where seq = ?'),
    addRow: db.prepare('insert into closed (body) values (?)'),
    allIntents: db.prepare('select seq, body, tokens, metered_ms from intent order by seq'),
    readRows: db.prepare('select id, body from closed order by id limit ?'),
    removeRows: db.prepare('delete from closed where id <= ?'),
    removeRow: db.prepare('delete from closed where id = ?'),
    refuseRow: db.prepare('insert into refused (body, error) select body, ? from closed where id = ?'),
    probe: db.prepare('insert or replace into probe (id, at_ms) values (1, ?)'),
    pages: db.prepare('pragma page_count'),
    freePages: db.prepare('pragma freelist_count'),
  };
}

function checkFormat(db: DatabaseSync, path: string): void {
  const format = numberOf(db.prepare('pragma user_version'));
  if (format <= FORMAT) return;
  throw new Error(
    `The outbox ${path} was written by a newer Ropeway (format ${format}, this one knows ${FORMAT}). ` +
      'Start the newer one until it is drained, or give this one another folder.',
  );
}

function changesOf({ changes }: StatementResultingChanges): number {
  return Number(changes);
}

function numberOf(statement: StatementSync): number {
  return Number(Object.values(statement.get() ?? {})[0]);
}
