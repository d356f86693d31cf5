import type { GroupCommit } from './group-commit.ts';
import type { LedgerEntry, LedgerRow } from './ledger.ts';

/** One open intent: its number in the outbox and what was metered of it. */
export class OutboxEntry implements LedgerEntry {
  readonly seq: number;
  readonly #commits: GroupCommit;
  #tokens = 0;
  #isNoted = false;
  #isClosed = false;

  constructor(seq: number, commits: GroupCommit) {
    this.seq = seq;
    this.#commits = commits;
  }

  get tokens(): number {
    return this.#tokens;
  }

  meter(completionTokens: number): void {
    this.#tokens = completionTokens;
    if (this.#isNoted || this.#isClosed) return;
    this.#isNoted = true;
    this.#commits.noteTokens(this);
  }

  close(row: LedgerRow): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#commits.end(this, row);
  }

  /** Whether there is something to write: not when the row has overtaken it. */
  takeTick(): boolean {
    this.#isNoted = false;
    return !this.#isClosed;
  }
}
