// The last requests that ended, for whoever asks why one went where it went. A ring of the records themselves: what they hold is
// there anyway, and forgetting one is overwriting it (docs/adr/0016).
import type { RequestRecord } from './request-record.ts';

export class RecentRequests {
  readonly #ring: RequestRecord[] = [];
  readonly #keep: number;
  #next = 0;

  /** 0 keeps none. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  add(record: RequestRecord): void {
    if (this.#keep === 0) return;
    this.#ring[this.#next] = record;
    this.#next = this.#next + 1 === this.#keep ? 0 : this.#next + 1;
  }

  /** By the gateway's id or the client's x-request-id, which several may share; newest first. */
  find(id: string): readonly RequestRecord[] {
    return this.#newestFirst().filter((record) => isCalled(record, id));
  }

  /** The last `count` that are wanted, newest first. */
  last(count: number, isWanted: (record: RequestRecord) => boolean = () => true): readonly RequestRecord[] {
    return this.#newestFirst().filter(isWanted).slice(0, count);
  }

  #newestFirst(): RequestRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
  }
}

export function isCalled({ requestId, correlationId }: RequestRecord, id: string): boolean {
  return requestId === id || correlationId === id;
}
