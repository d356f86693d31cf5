// Gathers a body of unknown length up to a bound.

const NOTHING = Buffer.alloc(0);

export class ByteGatherer {
  isOverflown = false;
  length = 0;
  readonly #maxBytes: number;
  #bytes: Buffer = NOTHING;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Copies; what would go over the bound is dropped, and said so. */
  add(bytes: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.#maxBytes) {
      this.isOverflown = true;
      return;
    }
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.length, start, end);
    this.length = length;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}
