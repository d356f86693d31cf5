// Outboxes whose process is gone, taken over row by row between commits of our own, so that no request waits for it.
import { OutboxFile } from './outbox-file.ts';
import { otherSlots } from './outbox-slots.ts';

/** Of one step; about 5 ms. */
const STEP_ROWS = 1_000;

export interface AdoptStep {
  readonly rows: number;
  /** Ask again: there may be more. */
  readonly hasMore: boolean;
  /** Of files that cannot be read; their rows stay where they are. */
  readonly damages: readonly string[];
}

export class Orphans {
  readonly #folder: string;
  readonly #own: number;
  #current: OutboxFile | null = null;
  #queue: string[] = [];

  constructor(folder: string, own: number) {
    this.#folder = folder;
    this.#own = own;
  }

  /** Looks for files that nobody holds and takes over some rows of one. */
  step(into: OutboxFile): AdoptStep {
    if (this.#current === null && this.#queue.length === 0)
      this.#queue = [...otherSlots(this.#folder, this.#own)];
    const damages: string[] = [];
    while (this.#current === null && this.#queue.length > 0) this.#openNext(damages);
    if (this.#current === null) return { rows: 0, hasMore: false, damages };
    const rows = into.adopt(this.#current, STEP_ROWS);
    if (rows < STEP_ROWS) this.close();
    return { rows, hasMore: this.#current !== null || this.#queue.length > 0, damages };
  }

  close(): void {
    this.#current?.close();
    this.#current = null;
  }

  #openNext(damages: string[]): void {
    const path = this.#queue.shift();
    if (path === undefined) return;
    try {
      const file = OutboxFile.open(path);
      if (file === 'held') return;
      file.recover();
      this.#current = file;
    } catch (error) {
      damages.push(error instanceof Error ? error.message : String(error));
    }
  }
}
