// How much output to reserve for an answer nobody knows the length of. Much starves the tenant's other requests (a model that
// thinks may be allowed 30,000 tokens and use 900), little lets them stampede: so what three of four answers of this tenant and
// model stayed within lately. What an answer uses beyond it is metered and becomes debt.

interface OutputEstimateOptions {
  /** Pairs of tenant and model remembered, some 350 bytes each; beyond it the one made first is forgotten. */
  readonly maxPairs?: number;
}

export class OutputEstimate {
  readonly #maxPairs: number;
  readonly #recent = new Map<string, RecentOutputs>();

  constructor({ maxPairs = 10_000 }: OutputEstimateOptions = {}) {
    this.#maxPairs = maxPairs;
  }

  /** Tokens of one answer that three of four stay within; null: too few were seen. */
  tokens(tenant: string, model: string): number | null {
    return this.#recent.get(`${tenant}/${model}`)?.threeQuarters ?? null;
  }

  /** An answer ended with so many tokens. */
  observe(tenant: string, model: string, outputTokens: number): void {
    const pair = `${tenant}/${model}`;
    const known = this.#recent.get(pair) ?? this.#add(pair);
    known.note(outputTokens);
  }

  #add(pair: string): RecentOutputs {
    if (this.#recent.size >= this.#maxPairs)
      for (const first of this.#recent.keys().take(1)) this.#recent.delete(first);
    const fresh = new RecentOutputs();
    this.#recent.set(pair, fresh);
    return fresh;
  }
}

/** A quarter of them is a good sample of what lies above three quarters, and old habits are forgotten after as many. */
const REMEMBERED = 64;
/** Fewer say nothing. Sorted again after so many: it costs microseconds, and the figure moves slowly. */
const STEP = 8;

class RecentOutputs {
  threeQuarters: number | null = null;
  readonly #tokens = new Uint32Array(REMEMBERED);
  #noted = 0;

  note(outputTokens: number): void {
    this.#tokens[this.#noted % REMEMBERED] = Math.max(0, Math.min(outputTokens, 0xffff_ffff));
    this.#noted++;
    if (this.#noted % STEP !== 0) return;
    const known = this.#tokens.slice(0, Math.min(this.#noted, REMEMBERED)).sort();
    this.threeQuarters = known[Math.ceil(known.length * 0.75) - 1] ?? null;
  }
}
