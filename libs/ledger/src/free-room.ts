// How much the disk still takes. An outbox that fills its disk to the last byte could not even note that its rows were
// delivered, so new requests are refused while there is room for what is under way.
import { statfsSync } from 'node:fs';

/** A look takes some microseconds; a commit every four milliseconds does not need its own. */
const LOOK_MS = 100;

export class FreeRoom {
  readonly #path: string;
  #bytes = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  bytes(): number {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOOK_MS) return this.#bytes;
    const { bavail, bsize } = statfsSync(this.#path);
    this.#lookedMs = nowMs;
    this.#bytes = bavail * bsize;
    return this.#bytes;
  }
}
