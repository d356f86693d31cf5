// Whether the outbox can be written to. Commits and deliveries both find out; it is told once that the disk fails and
// once that it is back, and new requests are refused in between.
import type { LedgerEvent } from './ledger-event.ts';

export class DiskWatch {
  readonly #onEvent: (event: LedgerEvent) => void;
  #isFailing = false;

  constructor(onEvent: (event: LedgerEvent) => void) {
    this.#onEvent = onEvent;
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  noteFailure(error: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#onEvent({ kind: 'disk-failing', error });
  }

  noteWritten(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#onEvent({ kind: 'disk-back' });
  }
}
