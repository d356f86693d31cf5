// Where is the next added token? They are cut out of the text by exact spelling before anything else happens to it,
// whoever wrote them: `<|im_end|>` in a user's text is one token for the engine too, and the count must follow.
import type { AddedToken } from './vocabulary.ts';

/** All added tokens begin with "<", and nothing else in them does. */
const OPENING = 0x3c;
const ASCII = 128;
const ROOT = 1;

/** Why these added tokens cannot be found this way, as a sentence; null when they can. */
export function refuseAddedTokens(tokens: readonly AddedToken[]): string | null {
  for (const { content } of tokens) {
    // With '<' only in front no token can begin inside another, so the first match is the right one.
    if (!/^<[!-;=-~]+$/.test(content)) {
      return `Its added token ${JSON.stringify(content)} is not "<" followed by printable ASCII.`;
    }
  }
  return null;
}

export class AddedTokenFinder {
  /** Id and end of the token found last. */
  id = -1;
  end = 0;
  /** A trie of the spellings after "<": from state `s` an ASCII byte leads to steps[s * 128 + byte]; 0 is nowhere. */
  readonly #steps: Uint16Array;
  /** By state: the token that ends here, -1 for none. */
  readonly #tokens: Int32Array;

  constructor(tokens: readonly AddedToken[]) {
    const most = tokens.reduce((sum, { content }) => sum + content.length, 2);
    this.#steps = new Uint16Array(most * ASCII);
    this.#tokens = new Int32Array(most).fill(-1);
    let states = ROOT + 1;
    for (const { id, content } of tokens) {
      let state = ROOT;
      for (const byte of Buffer.from(content.slice(1))) {
        const step = state * ASCII + byte;
        if (this.#steps[step] === 0) this.#steps[step] = states++;
        state = this.#steps[step] ?? 0;
      }
      this.#tokens[state] = id;
    }
  }

  /** Start of the first added token in [from, end); `end` when there is none. */
  find(bytes: Uint8Array, from: number, end: number): number {
    for (let start = from; start < end; start++) {
      if (bytes[start] === OPENING && this.#isTokenAt(bytes, start + 1, end)) return start;
    }
    return end;
  }

  /** The longest spelling wins, as in the engine. */
  #isTokenAt(bytes: Uint8Array, afterOpening: number, end: number): boolean {
    let isFound = false;
    let state = ROOT;
    for (let position = afterOpening; position < end; position++) {
      const byte = bytes[position] ?? 0;
      state = byte < ASCII ? (this.#steps[state * ASCII + byte] ?? 0) : 0;
      if (state === 0) break;
      const token = this.#tokens[state] ?? -1;
      if (token < 0) continue;
      isFound = true;
      this.id = token;
      this.end = position + 1;
    }
    return isFound;
  }
}
