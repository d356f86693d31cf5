// Everything that a turn of the event loop wants on disk goes there as one message and one transaction; what comes while
// the disk is busy makes up the next one. So a commit of 0.6 ms serves as many requests as came in 0.6 ms (ADR 0011).
import { CommitPace } from './commit-pace.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { LedgerEntry, LedgerIntent, LedgerRow } from './ledger.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { type EntryWriter, OutboxEntry } from './outbox-entry.ts';
import type { OutboxCommit } from './outbox-file.ts';
import { type OutboxThread, OutboxThreadDied } from './outbox-thread.ts';
import { pauseMs } from './pause.ts';

interface GroupCommitPorts {
  readonly thread: Pick<OutboxThread, 'ask'>;
  readonly disk: DiskWatch;
  /** Rows are on disk. */
  readonly onRows: () => void;
  readonly onEvent: (event: LedgerEvent) => void;
}

interface GroupCommitSettings {
  readonly commitMs: number;
  readonly tickMs: number;
  readonly maxPauseMs: number;
}

interface Opening {
  readonly entry: OutboxEntry;
  readonly resolve: (outcome: LedgerEntry | 'full') => void;
}

/**
 * Rows have time: they go with the next intents, or by themselves after this. It halves the commits of a gateway with one
 * request a millisecond; what a kill takes is exactness, for the intent of the row is on disk.
 */
const ROW_MS = 5;
/** Tries at the end to bring the last rows to a disk that fails. */
const LAST_TRIES = 3;

export class GroupCommit implements EntryWriter {
  readonly #ports: GroupCommitPorts;
  readonly #settings: GroupCommitSettings;
  readonly #ticking: NodeJS.Timeout;
  readonly #pace: CommitPace;
  #nextSeq: number;
  #intents: string[] = [];
  #openings: Opening[] = [];
  #closedSeqs: number[] = [];
  #rows: string[] = [];
  #metered: OutboxEntry[] = [];
  #areTicksDue = false;
  /** On their way to the disk. */
  #opening = 0;
  #isScheduled = false;
  #lingering: NodeJS.Timeout | null = null;
  #committing: Promise<void> | null = null;
  #failures = 0;
  #retrying: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(ports: GroupCommitPorts, settings: GroupCommitSettings, lastSeq: number) {
    this.#ports = ports;
    this.#settings = settings;
    this.#nextSeq = lastSeq + 1;
    this.#pace = new CommitPace(settings.commitMs);
    this.#ticking = setInterval(() => this.#tick(), settings.tickMs);
    this.#ticking.unref();
  }

  /** Intents that are not on disk yet. */
  get opening(): number {
    return this.#opening;
  }

  open(intent: LedgerIntent): Promise<LedgerEntry | 'full'> {
    const { promise, resolve } = Promise.withResolvers<LedgerEntry | 'full'>();
    const entry = new OutboxEntry(this.#nextSeq + this.#intents.length, this);
    this.#intents.push(JSON.stringify(intent));
    this.#openings.push({ entry, resolve });
    this.#opening++;
    this.#schedule();
    return promise;
  }

  /** Once an entry. */
  end(entry: OutboxEntry, row: LedgerRow): void {
    const text = JSON.stringify(row);
    if (this.#isClosed) {
      this.#tellUnwritten([text]);
      return;
    }
    this.#closedSeqs.push(entry.seq);
    this.#rows.push(text);
    this.#lingering ??= setTimeout(() => {
      this.#lingering = null;
      this.#schedule();
    }, ROW_MS);
  }

  /** Not scheduled by itself: ticks wait for the next second, so a request has at most one each. */
  noteTokens(entry: OutboxEntry): void {
    this.#metered.push(entry);
  }

  /** Brings the last rows to disk; what a failing disk does not take is told, row by row. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    clearInterval(this.#ticking);
    await this.#committing;
    for (let tries = 0; tries < LAST_TRIES && this.#hasWork(); tries++) await this.#commit();
    this.#isClosed = true;
    if (this.#retrying) clearTimeout(this.#retrying);
    for (const { resolve } of this.#openings.splice(0)) resolve('full');
    const rows = this.#rows.splice(0).filter((row) => row !== '');
    if (rows.length > 0) this.#tellUnwritten(rows);
  }

  #tellUnwritten(rows: readonly string[]): void {
    const error = new Error('The ledger was closed, or its disk failed, before these rows were on disk.');
    this.#ports.onEvent({ kind: 'rows-unwritten', rows, error });
  }

  #tick(): void {
    this.#areTicksDue = this.#metered.length > 0;
    if (this.#areTicksDue) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed || this.#committing !== null || this.#retrying !== null) return;
    this.#isScheduled = true;
    const waitMs = this.#pace.waitMs();
    // Otherwise after everything that is ready has been read: the whole turn goes together.
    if (waitMs > 0) setTimeout(() => this.#commitScheduled(), waitMs);
    else setImmediate(() => this.#commitScheduled());
  }

  #commitScheduled(): void {
    this.#isScheduled = false;
    if (this.#committing === null && this.#hasWork()) void this.#commit();
  }

  #hasWork(): boolean {
    return this.#intents.length > 0 || this.#closedSeqs.length > 0 || this.#areTicksDue;
  }

  #commit(): Promise<void> {
    if (this.#retrying) clearTimeout(this.#retrying);
    this.#retrying = null;
    const { batch, openings } = this.#take();
    this.#pace.start(batch.intents.length);
    this.#committing = this.#ports.thread
      .ask('commit', batch)
      .then(() => this.#succeed(batch, openings))
      .catch((error: Error) => this.#fail(error, batch, openings))
      .finally(() => {
        this.#committing = null;
        if (this.#intents.length > 0 || this.#areTicksDue) this.#schedule();
      });
    return this.#committing;
  }

  #take(): { batch: OutboxCommit; openings: readonly Opening[] } {
    const batch = {
      firstSeq: this.#nextSeq,
      intents: this.#intents,
      ticks: this.#areTicksDue ? this.#takeTicks() : [],
      closedSeqs: this.#closedSeqs,
      rows: this.#rows,
      nowMs: Date.now(),
    };
    const openings = this.#openings;
    if (this.#lingering) clearTimeout(this.#lingering);
    this.#lingering = null;
    this.#nextSeq += batch.intents.length;
    this.#intents = [];
    this.#openings = [];
    this.#closedSeqs = [];
    this.#rows = [];
    return { batch, openings };
  }

  #takeTicks(): OutboxCommit['ticks'] {
    const metered = this.#metered;
    this.#metered = [];
    this.#areTicksDue = false;
    return metered.filter((entry) => entry.takeTick()).map(({ seq, tokens }) => ({ seq, tokens }));
  }

  #succeed(batch: OutboxCommit, openings: readonly Opening[]): void {
    this.#failures = 0;
    this.#ports.disk.noteWritten();
    this.#opening -= openings.length;
    if (batch.rows.length > 0) this.#ports.onRows();
    for (const { entry, resolve } of openings) resolve(entry);
  }

  /** Intents are refused; rows stay here, no more than there were requests running, and are tried until they are on disk. */
  #fail(error: Error, batch: OutboxCommit, openings: readonly Opening[]): void {
    this.#failures++;
    this.#opening -= openings.length;
    this.#ports.disk.noteFailure(error);
    this.#closedSeqs = [...batch.closedSeqs, ...this.#closedSeqs];
    this.#rows = [...batch.rows, ...this.#rows];
    if (error instanceof OutboxThreadDied) this.#withdraw(openings);
    for (const { resolve } of openings) resolve('full');
    this.#retrying = setTimeout(
      () => {
        // Also with nothing to write: it tells whether the disk is back.
        if (this.#committing === null) void this.#commit();
      },
      pauseMs(this.#failures, this.#settings.maxPauseMs),
    );
    this.#retrying.unref();
  }

  /** They may be on disk or not, and will not be dispatched: no row shall come of them. */
  #withdraw(openings: readonly Opening[]): void {
    for (const { entry } of openings) {
      this.#closedSeqs.push(entry.seq);
      this.#rows.push('');
    }
  }
}
