// One generation inside the engine: its prompt, how far it has been computed, and the KV blocks it holds.
import { chainHash, chainOf } from './block-hash.ts';

export type FinishReason = 'stop' | 'length' | 'abort';

/** What the engine drives. The engine knows how many tokens there are and when; the work knows which. */
export interface Work {
  readonly promptIds: ArrayLike<number>;
  readonly maxTokens: number;
  /** Keeps prompts of different tenants from sharing blocks; empty for none. */
  readonly cacheSalt: string;
  /** The next token's id, and whether the generation ends with it by itself (end of text, stop string). */
  produce(): { readonly id: number; readonly ends: boolean };
  /** Told after each produced token, at the end of the step that made it. */
  produced(finish: FinishReason | null): void;
  /** Told when the engine dies or shuts down under the work, or never begins it. */
  failed(): void;
}

export class Sequence {
  readonly work: Work;
  readonly arrivedMs: number;
  state: 'waiting' | 'running' | 'finished' = 'waiting';
  /** Tokens whose KV exists. Falls back to 0 when preempted. */
  computedTokens = 0;
  producedTokens = 0;
  /** Of the prompt, at its first admission: what usage reports. */
  cachedTokens = 0;
  scheduledMs = 0;
  firstTokenMs = 0;
  finishedMs = 0;
  preemptions = 0;
  /** Hashes of this sequence's full blocks so far; the first `publishedBlocks` of them are findable by others. */
  readonly hashes: number[];
  publishedBlocks = 0;
  privateBlocks = 0;
  /** Ids of the block being filled by generation. */
  #tail: number[];
  readonly #blockTokens: number;

  constructor(work: Work, arrivedMs: number, blockTokens: number) {
    this.work = work;
    this.arrivedMs = arrivedMs;
    this.#blockTokens = blockTokens;
    this.hashes = chainOf(work.promptIds, blockTokens, work.cacheSalt);
    const whole = this.hashes.length * blockTokens;
    this.#tail = Array.from(
      { length: work.promptIds.length - whole },
      (_, index) => work.promptIds[whole + index] ?? 0,
    );
  }

  get promptTokens(): number {
    return this.work.promptIds.length;
  }

  /** Tokens that must have KV before the next one can be produced. */
  get knownTokens(): number {
    return this.promptTokens + this.producedTokens;
  }

  /** Remembers a generated token, so that its block can be shared once it is full. */
  append(id: number): void {
    this.producedTokens += 1;
    this.#tail.push(id);
    if (this.#tail.length < this.#blockTokens) return;
    this.hashes.push(chainHash(this.hashes.at(-1) ?? 7, this.#tail, 0, this.#tail.length));
    this.#tail = [];
  }
}
