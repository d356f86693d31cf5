// Clients that keep asking for streams at a steady rate, whatever becomes of the answers, and remember what went wrong.
import { setTimeout as sleep } from 'node:timers/promises';
import { chat, type FrontDoor } from '../../e2e/harness/ask.ts';
import { streamed } from './streamed.ts';

/** An answer that takes longer has failed. */
const ANSWER_MS = 120_000;

export interface LoadResult {
  readonly sent: number;
  readonly perSecond: number;
  /** One line each. */
  readonly failures: readonly string[];
  /** Of streams that began, sorted. */
  readonly firstTokenMs: readonly number[];
}

export class StreamLoad {
  readonly #door: FrontDoor;
  readonly #everyMs: number;
  readonly #startMs = performance.now();
  readonly #failures: string[] = [];
  readonly #firstTokenMs: number[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  #sent = 0;
  #isOver = false;

  constructor(door: FrontDoor, perSecond: number) {
    this.#door = door;
    this.#everyMs = 1_000 / perSecond;
    this.#sending = this.#send();
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends nothing more; resolves when every answer is over. */
  async stop(): Promise<LoadResult> {
    this.#isOver = true;
    await this.#sending;
    const perSecond = (1_000 * this.#sent) / (performance.now() - this.#startMs);
    await Promise.all(this.#open);
    this.#firstTokenMs.sort((one, two) => one - two);
    return {
      sent: this.#sent,
      perSecond,
      failures: this.#failures,
      firstTokenMs: this.#firstTokenMs,
    };
  }

  /** By the clock, so that what is late is caught up with. */
  async #send(): Promise<void> {
    while (!this.#isOver) {
      const dueMs = this.#startMs + this.#sent * this.#everyMs;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const asked = this.#ask(this.#sent++).finally(() => this.#open.delete(asked));
      this.#open.add(asked);
    }
  }

  async #ask(nth: number): Promise<void> {
    const sentMs = Math.round(performance.now() - this.#startMs);
    const failed = (what: string) => this.#failures.push(`request ${nth}, sent at ${sentMs} ms: ${what}`);
    try {
      const body = chat(`Number ${nth}`, { max_tokens: 8 });
      const { status, isWhole, text, firstTokenMs } = await streamed(this.#door, body, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (status !== 200 || !isWhole) failed(`${status} ${text.slice(-400)}`);
      if (firstTokenMs !== null) this.#firstTokenMs.push(firstTokenMs);
    } catch (error) {
      failed(errorText(error));
    }
  }
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
}
