// A streamed answer as a client reads it, frame by frame.
import { within } from './eventually.ts';

export interface Chunk {
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: string;
      readonly content?: string | null;
      readonly reasoning?: string | null;
      readonly reasoning_content?: string | null;
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number; readonly prompt_tokens: number } | null;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Frames as they come; a frame is what stands between two blank lines. */
export class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #held = '';
  #isOver = false;

  constructor(response: Response) {
    if (response.body === null) throw new Error('no body');
    this.#reader = response.body.getReader();
  }

  /** The next frame, comments included; null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const end = this.#held.indexOf('\n\n');
      if (end >= 0) {
        const frame = this.#held.slice(0, end);
        this.#held = this.#held.slice(end + 2);
        return frame;
      }
      if (this.#isOver) return null;
      const { done, value } = await within('the next frame', this.#reader.read());
      if (done) this.#isOver = true;
      else this.#held += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next frame that is no comment: a slow machine may put a heartbeat before any. */
  async nextData(): Promise<string | null> {
    for (;;) {
      const frame = await this.next();
      if (frame === null || !frame.startsWith(':')) return frame;
    }
  }

  async rest(): Promise<string[]> {
    const frames: string[] = [];
    for (let frame = await this.next(); frame !== null; frame = await this.next()) frames.push(frame);
    return frames;
  }

  /** Leaves, as a client that closes its tab. */
  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

export function framesOf(response: Response): Promise<string[]> {
  return new StreamReader(response).rest();
}

/** The chunks among frames: no comments, no [DONE]. */
export function chunksOf(frames: readonly string[]): Chunk[] {
  return frames
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as Chunk);
}
