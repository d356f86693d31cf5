// Where the frames of one read from a worker are put together, so that they leave in one write. Room is left around them
// for what makes them a chunk of chunked transfer coding (RFC 9112 section 7.1), so that framing moves no byte.

/** Holds a full read of short frames; grows for long ones and shrinks back when emptied. */
const PAGE_BYTES = 32 * 1024;
/** A chunk's size in eight hexadecimal digits at most, and CRLF. */
const HEAD_BYTES = 10;
const TAIL_BYTES = 2;
const CR = 0x0d;
const LF = 0x0a;

export class FramePage {
  /** Of the frames alone. */
  length = 0;
  #bytes: Buffer;

  /** `expectedBytes` for one answer; without it, a page that is used again and again. */
  constructor(expectedBytes?: number) {
    this.#bytes =
      expectedBytes === undefined
        ? Buffer.allocUnsafeSlow(PAGE_BYTES)
        : Buffer.allocUnsafe(HEAD_BYTES + expectedBytes + TAIL_BYTES);
  }

  append(source: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (HEAD_BYTES + length + TAIL_BYTES > this.#bytes.length) this.#grow(length);
    source.copy(this.#bytes, HEAD_BYTES + this.length, start, end);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > PAGE_BYTES) this.#bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
  }

  /** The frames where they lie, until the page is changed. */
  get frames(): Buffer {
    return this.#bytes.subarray(HEAD_BYTES, HEAD_BYTES + this.length);
  }

  /** A copy as latin1 text, which maps every byte to itself and is cheaper to hand to a socket than a small Buffer. */
  toText(): string {
    return this.#bytes.toString('latin1', HEAD_BYTES, HEAD_BYTES + this.length);
  }

  /** The same as one chunk. */
  toChunk(): string {
    const bytes = this.#bytes;
    let at = HEAD_BYTES + this.length;
    bytes[at] = CR;
    bytes[at + 1] = LF;
    const end = at + TAIL_BYTES;
    at = HEAD_BYTES;
    bytes[--at] = LF;
    bytes[--at] = CR;
    let size = this.length;
    do {
      bytes[--at] = hexDigit(size & 0xf);
      size >>>= 4;
    } while (size > 0);
    return bytes.toString('latin1', at, end);
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(HEAD_BYTES + length + TAIL_BYTES, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, HEAD_BYTES + this.length);
    this.#bytes = larger;
  }
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}
