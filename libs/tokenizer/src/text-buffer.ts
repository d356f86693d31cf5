// A text as UTF-8 bytes, in memory that is used again for the next one. Lone surrogates become U+FFFD, as in the engine.
import { CACHED_WORD_BYTES } from './word-cache.ts';

/** Readable bytes behind every text, so that look-aheads and whole-word reads need no bounds checks of their own. */
const PADDING_BYTES = 2 * CACHED_WORD_BYTES;

/** What is kept between texts; the room of a longer text is given back after it. */
const KEPT_BYTES = 256 * 1024;

const encoder = new TextEncoder();

export class TextBuffer {
  bytes = new Uint8Array(KEPT_BYTES);
  view = new DataView(this.bytes.buffer);

  /** Holds the text from offset 0; its length in bytes. */
  load(text: string): number {
    const mostBytes = text.length * 3;
    if (mostBytes + PADDING_BYTES > this.bytes.length) this.#reserve(Buffer.byteLength(text) + PADDING_BYTES);
    const { written } = encoder.encodeInto(text, this.bytes);
    return written;
  }

  /** Gives back the room a long text took. */
  release(): void {
    if (this.bytes.length > KEPT_BYTES) this.#allocate(KEPT_BYTES);
  }

  #reserve(bytes: number): void {
    if (bytes > this.bytes.length) this.#allocate(bytes);
  }

  #allocate(bytes: number): void {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
  }
}
