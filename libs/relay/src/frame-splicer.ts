// A worker's stream in, the client's stream out, by whole SSE frames (R1), wherever the reads cut them. A frame that
// needs nothing passes as the bytes it came in.
import type { Usage } from '#protocol';
import { ChunkScan, type ScanRules } from './chunk-scan.ts';
import type { FramePage } from './frame-page.ts';
import { FramePattern } from './frame-pattern.ts';
import { equalsAscii } from './json-walk.ts';

export interface SpliceRules extends ScanRules {
  /** The client asked for the usage chunk. */
  readonly showsUsage: boolean;
}

/** A frame of a 131,072-token prompt with token ids is about 1 MB; what is longer than this is no frame. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Thinking and content of each choice alternate; more kinds than this are not worth comparing with. */
const MAX_PATTERNS = 4;

/** `error`, `abort` and `oversized` end the stream without the frame that says so having gone out. */
type StreamState = 'open' | 'done' | 'error' | 'abort' | 'oversized';

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

export class FrameSplicer {
  state: StreamState = 'open';
  /** A data frame has been passed on (or hidden on purpose): from here on the answer is this worker's. */
  hasStarted = false;
  /** Tokens since the caller last set this to 0. */
  tokens = 0;
  /** Tokens of thinking, over the whole stream. */
  reasoningTokens = 0;
  finishReason: string | null = null;
  /** The worker's own count, as of the last chunk that had one: over all choices, though a chunk of one tells of that one. */
  usage: Usage | null = null;
  /** The worker's `error` member as JSON text, once the state is `error`. */
  errorText: string | null = null;

  readonly #rules: SpliceRules;
  readonly #scan: ChunkScan;
  /** What the last frame was like, then the others, newest first. */
  #pattern: FramePattern | null = null;
  readonly #otherPatterns: FramePattern[] = [];
  /** Beginning of a frame whose end has not come; used up to `#heldBytes`. */
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  /** Completion tokens by choice, where the worker reports usage in every chunk. */
  readonly #reported = new Map<number, number>();
  #reportedOfAll = 0;

  constructor(rules: SpliceRules) {
    this.#rules = rules;
    this.#scan = new ChunkScan(rules);
  }

  /** Appends what becomes of the whole frames in `bytes`; `bytes` may be reused afterwards. */
  feed(bytes: Buffer, start: number, end: number, page: FramePage): void {
    if (this.#heldBytes === 0) {
      this.#hold(bytes, this.#splice(bytes, start, end, start, page), end);
      return;
    }
    const searched = this.#heldBytes;
    this.#hold(bytes, start, end);
    const held = this.#held;
    const heldBytes = this.#heldBytes;
    // The frame's end may lie across the seam by three bytes at most (LF CR LF).
    const rest = this.#splice(held, 0, heldBytes, Math.max(0, searched - 3), page);
    if (rest > 0) held.copyWithin(0, rest, heldBytes);
    this.#heldBytes = heldBytes - rest;
    if (this.#heldBytes === 0) this.#held = NOTHING;
  }

  /** Carries the frames from `start` on; gives the index of the first one that is not whole. */
  #splice(bytes: Buffer, start: number, end: number, searchFrom: number, page: FramePage): number {
    let at = start;
    let search = searchFrom;
    while (at < end && this.state === 'open') {
      const carried = this.#carryKnown(bytes, at, end, page);
      if (carried > 0) {
        at = carried;
        search = at;
        continue;
      }
      const frameEnd = findFrameEnd(bytes, search, end);
      if (frameEnd < 0) break;
      this.#carryFrame(bytes, at, frameEnd, page);
      at = frameEnd;
      search = at;
    }
    return this.state === 'open' ? at : end;
  }

  #carryKnown(bytes: Buffer, at: number, end: number, page: FramePage): number {
    let pattern = this.#pattern;
    if (!pattern) return -1;
    let next = pattern.carry(bytes, at, end, page);
    for (let i = 0; next < 0 && i < this.#otherPatterns.length; i++) {
      pattern = this.#otherPatterns[i] ?? pattern;
      next = pattern.carry(bytes, at, end, page);
      if (next >= 0) {
        this.#otherPatterns.splice(i, 1);
        this.#prefer(pattern);
      }
    }
    if (next < 0) return -1;
    this.tokens++;
    if (pattern.isReasoning) this.reasoningTokens++;
    return next;
  }

  #prefer(pattern: FramePattern): void {
    if (this.#pattern) this.#otherPatterns.unshift(this.#pattern);
    this.#pattern = pattern;
  }

  #carryFrame(bytes: Buffer, start: number, end: number, page: FramePage): void {
    const dataStart = findData(bytes, start, end);
    if (dataStart < 0) {
      // Comments and the like. Before the first frame our own heartbeats do their work.
      if (this.hasStarted) page.append(bytes, start, end);
      return;
    }
    const dataEnd = lineEnd(bytes, dataStart, end);
    if (equalsAscii(bytes, dataStart, dataEnd, '[DONE]')) {
      this.state = 'done';
      if (this.hasStarted) page.append(bytes, start, end);
      return;
    }
    if (this.#scan.scan(bytes, dataStart, dataEnd)) this.#carryChunk(bytes, start, end, page);
    else {
      this.hasStarted = true;
      page.append(bytes, start, end);
    }
  }

  #carryChunk(bytes: Buffer, start: number, end: number, page: FramePage): void {
    const scan = this.#scan;
    if (scan.errorText !== null && scan.choices === 0) {
      this.errorText = scan.errorText;
      this.state = 'error';
      return;
    }
    if (scan.isAborted) {
      this.state = 'abort';
      return;
    }
    this.hasStarted = true;
    this.#count();
    if (scan.finishReason !== null) this.finishReason = scan.finishReason;
    const isUsageChunk = scan.choices === 0 && scan.usage !== null;
    if (isUsageChunk && !this.#rules.showsUsage) return;
    scan.edits.apply(bytes, start, end, page);
    if (scan.payloadStart > 0 && scan.payloads === 1 && scan.finishReason === null && scan.usage === null)
      this.#learn(bytes, start, end);
  }

  #count(): void {
    const { usage, payloads, reasoningPayloads, choices, choiceIndex } = this.#scan;
    let tokens = payloads;
    if (usage) {
      if (choices === 0) {
        this.usage = usage;
        return;
      }
      tokens = Math.max(0, usage.completionTokens - (this.#reported.get(choiceIndex) ?? 0));
      this.#reported.set(choiceIndex, usage.completionTokens);
      this.#reportedOfAll += tokens;
      this.usage = { ...usage, completionTokens: this.#reportedOfAll };
    }
    this.tokens += tokens;
    if (reasoningPayloads > 0) this.reasoningTokens += usage ? tokens : reasoningPayloads;
  }

  #learn(bytes: Buffer, start: number, end: number): void {
    this.#prefer(new FramePattern(this.#scan, bytes, start, end));
    if (this.#otherPatterns.length >= MAX_PATTERNS) this.#otherPatterns.pop();
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    if (start >= end) return;
    const length = this.#heldBytes + end - start;
    if (length > MAX_FRAME_BYTES) {
      this.state = 'oversized';
      this.#held = NOTHING;
      this.#heldBytes = 0;
      return;
    }
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#held.length * 2, 512));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#heldBytes, start, end);
    this.#heldBytes = length;
  }
}

/** Index after the empty line that ends the first frame, with LF or CRLF line ends; -1 when it has not come. */
function findFrameEnd(bytes: Buffer, from: number, end: number): number {
  let at = bytes.indexOf(LF, from);
  while (at >= 0 && at + 1 < end) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && at + 2 < end && bytes[at + 2] === LF) return at + 3;
    at = bytes.indexOf(LF, at + 1);
  }
  return -1;
}

/** Where the value of the frame's only `data:` line starts; -1 when it has none. */
function findData(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (equalsAscii(bytes, at, Math.min(at + 5, end), 'data:')) {
      return bytes[at + 5] === SPACE ? at + 6 : at + 5;
    }
    const next = bytes.indexOf(LF, at);
    if (next < 0 || next >= end) return -1;
    at = next + 1;
  }
  return -1;
}

function lineEnd(bytes: Buffer, start: number, end: number): number {
  const at = bytes.indexOf(LF, start);
  const stop = at < 0 || at > end ? end : at;
  return bytes[stop - 1] === CR ? stop - 1 : stop;
}
