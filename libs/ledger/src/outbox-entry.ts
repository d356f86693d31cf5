import type { LedgerEntry, LedgerRow } from './ledger.ts';

/** Who brings it to disk. */
export interface EntryWriter {
  noteTokens(entry: OutboxEntry): void;
  end(entry: OutboxEntry, row: LedgerRow): void;
}

/** One open intent: its number in the outbox and what was metered of it. */
export class OutboxEntry implements LedgerEntry {
  readonly seq: number;
  readonly #writer: EntryWriter;
  #tokens = 0;
  #isNoted = false;
  #isClosed = false;

  constructor(seq: number, writer: EntryWriter) {
    this.seq = seq;
    this.#writer = writer;
  }

  get tokens(): number {
    return this.#tokens;
  }

  meter(completionTokens: number): void {
    this.#tokens = completionTokens;
    if (this.#isNoted || this.#isClosed) return;
    this.#isNoted = true;
    this.#writer.noteTokens(this);
  }

  close(row: LedgerRow): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.end(this, row);
  }

  /** Whether there is something to write: not when the row has overtaken it. */
  takeTick(): boolean {
    this.#isNoted = false;
    return !this.#isClosed;
  }
}
