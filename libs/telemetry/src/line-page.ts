// Lines gathered as bytes until a page is full. sonic-boom gathers them as text, and measures all that it has gathered anew
// with each line, which copies it: of 6 us a line on its way out, 2.5 went there (docs/adr/0017).

/** What Docker's log reader takes at once, and sonic-boom writes at once. */
export const PAGE_BYTES = 16 * 1024;
/** Of UTF-8, for a unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3;

export class LinePage {
  readonly #send: (page: Buffer) => void;
  #page = Buffer.allocUnsafeSlow(PAGE_BYTES);
  #length = 0;

  /** `send` gets whole lines, and keeps the buffer. */
  constructor(send: (page: Buffer) => void) {
    this.#send = send;
  }

  add(line: string): void {
    const most = line.length * MOST_BYTES_A_UNIT;
    if (most > PAGE_BYTES - this.#length) this.turn();
    if (most > PAGE_BYTES) this.#send(Buffer.from(line));
    else this.#length += this.#page.write(line, this.#length);
  }

  /** Sends what has been gathered. */
  turn(): void {
    if (this.#length === 0) return;
    const full = this.#page.subarray(0, this.#length);
    this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    this.#length = 0;
    this.#send(full);
  }
}
