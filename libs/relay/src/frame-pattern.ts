// Most frames of a stream are equal but for one string: the next piece of text. Once a frame has been scanned exactly,
// its bytes before and after that string are a pattern; a frame with the same bytes around one string has the same
// meaning, so it is carried by comparing and copying, without a scan. What differs in anything else does not match.
import type { ChunkScan } from './chunk-scan.ts';
import { FramePage } from './frame-page.ts';
import { skipString } from './json-walk.ts';

/** What stands between the string and its repetition under the other name. */
const MIRRORS = {
  reasoning: Buffer.from('","reasoning":"'),
  reasoning_content: Buffer.from('","reasoning_content":"'),
};
const draft = new FramePage();

export class FramePattern {
  readonly isReasoning: boolean;
  /** Bytes before the string, its opening quote last; then those after it, its closing quote first. */
  readonly #known: Buffer;
  readonly #headBytes: number;
  /** What goes out in the place of either; null: as it came. */
  readonly #headOut: Buffer | null;
  readonly #tailOut: Buffer | null;
  readonly #mirror: Buffer | null;

  /** `scan` has just read the frame that lies from `start` to `end` and found one changing string. */
  constructor(scan: ChunkScan, bytes: Buffer, start: number, end: number) {
    const { payloadStart, payloadEnd, edits } = scan;
    this.isReasoning = scan.reasoningPayloads > 0;
    this.#headBytes = payloadStart - start;
    this.#known = own((page) => {
      page.append(bytes, start, payloadStart);
      page.append(bytes, payloadEnd, end);
    });
    this.#headOut = edits.changes(start, payloadStart)
      ? own((page) => edits.apply(bytes, start, payloadStart, page, false))
      : null;
    this.#tailOut = edits.changes(payloadEnd, end)
      ? own((page) => edits.apply(bytes, payloadEnd, end, page, false))
      : null;
    this.#mirror = scan.mirrorKey === null ? null : MIRRORS[scan.mirrorKey];
  }

  /** Appends what the frame at `start` becomes and gives the index after it; -1 when it is another frame, or not all there. */
  carry(bytes: Buffer, start: number, end: number, page: FramePage): number {
    const known = this.#known;
    const headBytes = this.#headBytes;
    const tailBytes = known.length - headBytes;
    const textStart = start + headBytes;
    // Two quotes' worth at least: an empty string is no token and goes the exact way.
    if (textStart + tailBytes >= end || !isEqual(bytes, start, known, 0, headBytes)) return -1;
    const textEnd = skipString(bytes, textStart - 1, end) - 1;
    const frameEnd = textEnd + tailBytes;
    if (textEnd <= textStart || frameEnd > end || !isEqual(bytes, textEnd, known, headBytes, known.length))
      return -1;
    this.#append(bytes, start, textStart, textEnd, frameEnd, page);
    return frameEnd;
  }

  #append(
    bytes: Buffer,
    start: number,
    textStart: number,
    textEnd: number,
    frameEnd: number,
    page: FramePage,
  ): void {
    let from = start;
    if (this.#headOut) {
      page.append(this.#headOut, 0, this.#headOut.length);
      from = textStart;
    }
    if (this.#mirror) {
      page.append(bytes, from, textEnd);
      page.append(this.#mirror, 0, this.#mirror.length);
      from = textStart;
    }
    if (!this.#tailOut) {
      page.append(bytes, from, frameEnd);
      return;
    }
    page.append(bytes, from, textEnd);
    page.append(this.#tailOut, 0, this.#tailOut.length);
  }
}

/** A block of its own: pieces of the shared pool would keep 8 KiB of it alive for as long as the stream lives. */
function own(fill: (page: FramePage) => void): Buffer {
  draft.clear();
  fill(draft);
  const block = Buffer.allocUnsafeSlow(draft.length);
  draft.frames.copy(block);
  return block;
}

/**
 * Compared here, not by `Buffer.compare`: over some 200 bytes that takes as long either way when all is in the cache, but a
 * thousand streams are not, and the runtime would look at several objects of its own besides.
 */
function isEqual(bytes: Buffer, at: number, known: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[at + i - from] !== known[i]) return false;
  return true;
}
