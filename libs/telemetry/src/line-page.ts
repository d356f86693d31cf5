// Lines gathered as bytes until a page is full. Gathered as text they cost twice as much on their way out (docs/adr/0017).

/** What Docker's log reader takes at once. */
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
    const gathered = this.take();
    if (gathered !== null) this.#send(gathered);
  }

  /** What has been gathered, for whoever sends it otherwise; null: nothing. */
  take(): Buffer | null {
    if (this.#length === 0) return null;
    const gathered = this.#page.subarray(0, this.#length);
    this.#length = 0;
    // A page that is mostly empty would keep its whole memory while it waits.
    if (gathered.length < PAGE_BYTES / 2) return copyOf(gathered);
    this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    return gathered;
  }
}

/** In memory of its own, not in node's pool, which a byte of it would keep. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
