// Pages of lines to a file descriptor: in the background, in order, one at a time; and at the end whatever is left, at once. What
// cannot be written is kept and tried again up to a bound, then dropped and counted, never waited for.
import { write, writeSync } from 'node:fs';

interface PageWriterOptions {
  readonly fd: number;
  /** Held while nothing can be written; beyond it pages are dropped. */
  readonly maxBytes: number;
  /** Those of node:fs; tests have a disk that fails. */
  readonly write?: typeof write;
  readonly writeSync?: typeof writeSync;
}

/** At the end a reader that takes nothing is waited for this long. */
const END_MS = 1_000;
const LOOK_AGAIN_MS = 10;
const NEW_LINE = 0x0a;

export class PageWriter {
  readonly #options: PageWriterOptions;
  readonly #write: typeof write;
  readonly #writeSync: typeof writeSync;
  #pages: Buffer[] = [];
  #bytes = 0;
  /** The first page is being written in the background. */
  #isWriting = false;
  /** The reader has closed its end, for good. */
  #isGone = false;
  #droppedLines = 0;

  constructor(options: PageWriterOptions) {
    this.#options = options;
    this.#write = options.write ?? write;
    this.#writeSync = options.writeSync ?? writeSync;
  }

  get droppedLines(): number {
    return this.#droppedLines;
  }

  add(page: Buffer): void {
    if (this.#isGone || this.#bytes + page.length > this.#options.maxBytes) {
      this.#droppedLines += linesOf(page);
      return;
    }
    this.#pages.push(page);
    this.#bytes += page.length;
    this.start();
  }

  /** Goes on where a write failed. */
  start(): void {
    const [first] = this.#pages;
    if (this.#isWriting || first === undefined) return;
    this.#isWriting = true;
    this.#write(this.#options.fd, first, (error, written) => {
      this.#isWriting = false;
      if (error !== null) this.#failed(error);
      else {
        this.#wrote(written);
        this.start();
      }
    });
  }

  /**
   * Writes what is left and then `last`, before it returns. A page that is on its way goes its way: the process waits for it when it
   * ends, and it may come after these. A descriptor that takes nothing is given up.
   */
  end(last: Buffer | null): void {
    const onItsWay = this.#isWriting ? this.#pages.slice(0, 1) : [];
    const left = this.#pages.slice(onItsWay.length);
    if (last !== null) left.push(last);
    this.#pages = onItsWay;
    this.#bytes = bytesOf(onItsWay);
    const deadlineMs = performance.now() + END_MS;
    for (const [at, page] of left.entries()) {
      if (this.#isGone || !this.#put(page, deadlineMs)) {
        for (const lost of left.slice(at)) this.#droppedLines += linesOf(lost);
        return;
      }
    }
  }

  #put(page: Buffer, deadlineMs: number): boolean {
    for (let rest = page; rest.length > 0; ) {
      try {
        rest = rest.subarray(this.#writeSync(this.#options.fd, rest));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || performance.now() > deadlineMs) return false;
        Atomics.wait(NOBODY, 0, 0, LOOK_AGAIN_MS);
      }
    }
    return true;
  }

  #wrote(bytes: number): void {
    const [first] = this.#pages;
    if (first === undefined) return;
    this.#bytes -= bytes;
    if (bytes < first.length) this.#pages[0] = first.subarray(bytes);
    else this.#pages.shift();
  }

  /** All but a closed pipe may pass: the next `start` tries again. */
  #failed(error: Error): void {
    if (codeOf(error) !== 'EPIPE') return;
    this.#isGone = true;
    for (const page of this.#pages.splice(0)) this.#droppedLines += linesOf(page);
    this.#bytes = 0;
  }
}

/** Never woken: a pause. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4));

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

function bytesOf(pages: readonly Buffer[]): number {
  return pages.reduce((sum, { length }) => sum + length, 0);
}

function linesOf(page: Buffer): number {
  let lines = 0;
  for (let at = page.indexOf(NEW_LINE); at >= 0; at = page.indexOf(NEW_LINE, at + 1)) lines += 1;
  return lines;
}
