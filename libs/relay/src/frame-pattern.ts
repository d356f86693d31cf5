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
  /** Bytes before the string, its opening quote last; and after it, its closing quote first. */
  readonly #head: Buffer;
  readonly #tail: Buffer;
  /** What goes out in their places. */
  readonly #headOut: Buffer;
  readonly #mirror: Buffer | null;
  readonly #tailOut: Buffer;
  /** The frame needs nothing: its own bytes go out. */
  readonly #isPlain: boolean;

  /** `scan` has just read the frame that lies from `start` to `end` and found one changing string. */
  constructor(scan: ChunkScan, bytes: Buffer, start: number, end: number) {
    this.isReasoning = scan.reasoningPayloads > 0;
    this.#isPlain = scan.edits.count === 0;
    const { payloadStart, payloadEnd, edits } = scan;
    draft.clear();
    draft.append(bytes, start, payloadStart);
    const headEnd = draft.length;
    draft.append(bytes, payloadEnd, end);
    const tailEnd = draft.length;
    edits.apply(bytes, start, payloadStart, draft, false);
    const headOutEnd = draft.length;
    edits.apply(bytes, payloadEnd, end, draft, false);
    // One block of its own: pieces of the shared pool would keep 8 KiB of it alive for as long as the stream lives.
    const own = Buffer.allocUnsafeSlow(draft.length);
    draft.bytes.copy(own, 0, 0, draft.length);
    this.#head = own.subarray(0, headEnd);
    this.#tail = own.subarray(headEnd, tailEnd);
    this.#headOut = own.subarray(tailEnd, headOutEnd);
    this.#tailOut = own.subarray(headOutEnd);
    this.#mirror = scan.mirrorKey === null ? null : MIRRORS[scan.mirrorKey];
  }

  /** Appends what the frame at `start` becomes and gives the index after it; -1 when it is another frame, or not all there. */
  carry(bytes: Buffer, start: number, end: number, page: FramePage): number {
    const head = this.#head;
    const tail = this.#tail;
    const textStart = start + head.length;
    // Two quotes' worth at least: an empty string is no token and goes the exact way.
    if (textStart + tail.length >= end || !startsWith(bytes, start, head)) return -1;
    const textEnd = skipString(bytes, textStart - 1, end) - 1;
    const frameEnd = textEnd + tail.length;
    if (textEnd <= textStart || frameEnd > end || !startsWith(bytes, textEnd, tail)) return -1;
    if (this.#isPlain) {
      page.append(bytes, start, frameEnd);
      return frameEnd;
    }
    page.append(this.#headOut, 0, this.#headOut.length);
    page.append(bytes, textStart, textEnd);
    if (this.#mirror) {
      page.append(this.#mirror, 0, this.#mirror.length);
      page.append(bytes, textStart, textEnd);
    }
    page.append(this.#tailOut, 0, this.#tailOut.length);
    return frameEnd;
  }
}

function startsWith(bytes: Buffer, at: number, expected: Buffer): boolean {
  return bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0;
}
