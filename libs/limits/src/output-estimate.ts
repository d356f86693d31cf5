// How much output to reserve for an answer nobody knows the length of. Much starves the tenant's other requests (a model that
// thinks may be allowed 30,000 tokens and use 900), little lets them stampede: so what three of four answers of this tenant and
// model stayed below lately. What an answer uses beyond it is metered and becomes debt.

export interface OutputEstimateOptions {
  /** Reserved until answers are known. */
  readonly unknownTokens: number;
  /** Pairs of tenant and model remembered, some 350 bytes each; beyond it the one made first is forgotten. */
  readonly maxPairs?: number;
}

export class OutputEstimate {
  readonly #unknownTokens: number;
  readonly #maxPairs: number;
  readonly #recent = new Map<string, RecentOutputs>();

  constructor({ unknownTokens, maxPairs = 10_000 }: OutputEstimateOptions) {
    this.#unknownTokens = unknownTokens;
    this.#maxPairs = maxPairs;
  }

  /** Tokens to reserve for one answer; at most what it may have at all. The limiter itself keeps to the burst. */
  reserve(tenant: string, model: string, mostTokens: number): number {
    const known = this.#recent.get(`${tenant}/${model}`)?.threeQuarters ?? null;
    return Math.max(0, Math.min(mostTokens, known ?? this.#unknownTokens));
  }

  /** An answer ended with so many tokens. */
  note(tenant: string, model: string, outputTokens: number): void {
    const pair = `${tenant}/${model}`;
    const known = this.#recent.get(pair);
    if (known !== undefined) {
      known.note(outputTokens);
      return;
    }
    if (this.#recent.size >= this.#maxPairs)
      for (const first of this.#recent.keys().take(1)) this.#recent.delete(first);
    const fresh = new RecentOutputs();
    fresh.note(outputTokens);
    this.#recent.set(pair, fresh);
  }
}

/** A quarter of them is a good sample of what lies above three quarters, and old habits are forgotten after as many. */
const REMEMBERED = 64;
/** Fewer say nothing. */
const LEAST = 8;
/** Sorted again after so many: it costs microseconds, and the figure moves slowly. */
const SORTED_EVERY = 8;

class RecentOutputs {
  readonly #tokens = new Uint32Array(REMEMBERED);
  #noted = 0;
  #threeQuarters: number | null = null;

  /** null: too few are known. */
  get threeQuarters(): number | null {
    return this.#threeQuarters;
  }

  note(outputTokens: number): void {
    this.#tokens[this.#noted % REMEMBERED] = Math.max(0, Math.min(outputTokens, 0xffff_ffff));
    this.#noted++;
    if (this.#noted < LEAST || this.#noted % SORTED_EVERY !== 0) return;
    const known = this.#tokens.slice(0, Math.min(this.#noted, REMEMBERED)).sort();
    this.#threeQuarters = known[Math.ceil(known.length * 0.75) - 1] ?? null;
  }
}
