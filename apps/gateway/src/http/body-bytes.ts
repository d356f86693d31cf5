// Bounds the bytes of request bodies held at once over the whole process, so that many large prompts end in a 503
// and not in the heap limit.

export class BodyBytes {
  readonly #mostBytes: number;
  readonly #held: { bodyBytes: number };

  /** `held` counts along, for the metrics. */
  constructor(mostBytes: number, held: { bodyBytes: number } = { bodyBytes: 0 }) {
    this.#mostBytes = mostBytes;
    this.#held = held;
  }

  /** Takes bytes, or nothing when they would pass the bound. The first piece of a body that is alone is always let in. */
  take(bytes: number): boolean {
    if (this.#held.bodyBytes > 0 && this.#held.bodyBytes + bytes > this.#mostBytes) return false;
    this.#held.bodyBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held.bodyBytes -= bytes;
  }
}
