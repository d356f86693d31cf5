// The text of token ids, as the engine gives it: bytes of all tokens joined, then read as UTF-8 with U+FFFD for what is
// broken; an id beyond the vocabulary stands for nothing (observed: `/detokenize` of [999999] is "").
import { spellingOfByte } from './byte-alphabet.ts';
import type { CountingTables } from './fast-counter.ts';

export class TokenSpeller {
  readonly #tables: CountingTables;
  readonly #added: ReadonlyMap<number, Buffer>;

  constructor(tables: CountingTables) {
    this.#tables = tables;
    this.#added = new Map(tables.addedTokens.map(({ id, content }) => [id, Buffer.from(content)]));
  }

  spell(ids: readonly number[]): string {
    return Buffer.concat(ids.map((id) => this.#bytesOf(id))).toString('utf8');
  }

  /** As `convert_ids_to_tokens` of Hugging Face: bytes in GPT-2's printable spelling, also where they are half a character. */
  tokenStrings(ids: readonly number[]): readonly string[] {
    return ids.map((id) => this.#added.get(id)?.toString('utf8') ?? spellBytes(this.#bytesOf(id)));
  }

  #bytesOf(id: number): Uint8Array {
    const added = this.#added.get(id);
    if (added !== undefined) return added;
    const { bytes, offsets, size } = this.#tables.bpe;
    if (!Number.isInteger(id) || id < 0 || id >= size) return new Uint8Array(0);
    return bytes.subarray(offsets[id], offsets[id + 1]);
  }
}

function spellBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += spellingOfByte[byte];
  return text;
}
