// Where is the next added token? They are cut out of the text by exact spelling before anything else happens to it,
// whoever wrote them: `<|im_end|>` in a user's text is one token for the engine too, and the count must follow.
import type { AddedToken } from './vocabulary.ts';

/** All added tokens begin with "<", and nothing else in them does. */
const OPENING = 0x3c;

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
  /** By the byte after '<': the tokens that go on so, longest first. */
  readonly #byNext: readonly (readonly Spelling[])[];

  constructor(tokens: readonly AddedToken[]) {
    const spellings = tokens
      .map(({ id, content }) => ({ id, bytes: Buffer.from(content) }))
      .sort((a, b) => b.bytes.length - a.bytes.length);
    this.#byNext = Array.from({ length: 256 }, (_, byte) => spellings.filter(({ bytes }) => bytes[1] === byte));
  }

  /** Start of the first added token in [from, end); `end` when there is none. A "<" at `end` keeps the search short. */
  find(bytes: Uint8Array, from: number, end: number): number {
    for (let start = bytes.indexOf(OPENING, from); start >= 0 && start < end; start = bytes.indexOf(OPENING, start + 1)) {
      for (const spelling of this.#byNext[bytes[start + 1] ?? 0] ?? []) {
        const tokenEnd = start + spelling.bytes.length;
        if (tokenEnd > end || !spelling.bytes.every((byte, index) => byte === bytes[start + index])) continue;
        this.id = spelling.id;
        this.end = tokenEnd;
        return start;
      }
    }
    return end;
  }
}

interface Spelling {
  readonly id: number;
  readonly bytes: Uint8Array;
}
