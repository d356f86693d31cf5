// Where the frames of one read from a worker are put together, so that they leave in one write.

/** Holds a full read of short frames; grows for long ones and shrinks back when emptied. */
const PAGE_BYTES = 32 * 1024;

export class FramePage {
  bytes: Buffer;
  length = 0;

  /** `expectedBytes` for one answer; without it, a page that is used again and again. */
  constructor(expectedBytes?: number) {
    this.bytes =
      expectedBytes === undefined ? Buffer.allocUnsafeSlow(PAGE_BYTES) : Buffer.allocUnsafe(expectedBytes);
  }

  append(source: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.bytes.length) this.#grow(length);
    source.copy(this.bytes, this.length, start, end);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > PAGE_BYTES) this.bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
