// What is asked: slices of real prose, so that counting, routing and prefill do what they would for a user. No two begin
// alike, or the workers' prefix caches would do the work.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface Chat {
  /** Word for word in the request. */
  readonly content: string;
  readonly maxTokens: number;
}

/** Of this text, measured. */
const CHARACTERS_PER_TOKEN = 4.35;
const PROSE = new URL('../../../apps/standalone/assets/prose.txt.gz', import.meta.url);
const SHORTEST_TOKENS = 300;
const LONGEST_TOKENS = 5_000;
/** Said of each, so that it is placed by what it needs. */
const MAX_TOKENS = 400;

export class Chats {
  readonly #prose = gunzipSync(readFileSync(PROSE)).toString('utf8');
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Many are short and few are not. */
  short(): Chat {
    const share = this.#random() ** 1.5;
    return this.long(Math.round(SHORTEST_TOKENS + share * (LONGEST_TOKENS - SHORTEST_TOKENS)));
  }

  /** About so many prompt tokens. */
  long(tokens: number): Chat {
    const length = Math.round(tokens * CHARACTERS_PER_TOKEN);
    const from = Math.floor(this.#random() * Math.max(1, this.#prose.length - length));
    const text = this.#prose.slice(from, from + length);
    return { content: `${text}\n\nWho tells this story, and what does he want?`, maxTokens: MAX_TOKENS };
  }
}
