// A list of numbers as the script reads them: doubles, least byte first. Written where they will be sent from, for a list of
// JavaScript would be grown, copied and thrown away for every command.
import { endianness } from 'node:os';

const BYTES = 8;
const LEAST = 512;
const isLittleEndian = endianness() === 'LE';

/** Emptied ones, to be filled again. */
const spare: Float64Array[] = [];
const MOST_SPARE = 8;

export class Doubles {
  length = 0;
  #values = spare.pop() ?? new Float64Array(LEAST);

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[this.length++] = value;
  }

  /** A copy of both, one after the other. */
  static bytesOf(head: Doubles, rest: Doubles): Buffer {
    const bytes = Buffer.allocUnsafe((head.length + rest.length) * BYTES);
    bytes.set(head.#bytes(), 0);
    bytes.set(rest.#bytes(), head.length * BYTES);
    return isLittleEndian ? bytes : bytes.swap64();
  }

  /** Not to be used after this. */
  release(): void {
    if (spare.length < MOST_SPARE) spare.push(this.#values);
    this.#values = NOTHING;
    this.length = 0;
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#values.buffer, 0, this.length * BYTES);
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(LEAST, 2 * this.#values.length));
    larger.set(this.#values);
    this.#values = larger;
  }
}

const NOTHING = new Float64Array(0);
