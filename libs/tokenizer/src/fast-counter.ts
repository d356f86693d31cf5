// The exact count of a text in this thread, at tens of megabytes a second: added tokens are cut out by spelling, the rest
// is NFC, is split into pre-tokens, and each pre-token is byte-pair encoded. Every step is linear in the text.
import { nfcNormalizer } from 'tokenizers';
import { AddedTokenFinder } from './added-token-finder.ts';
import { BacktrackingBpe } from './backtracking-bpe.ts';
import type { BpeTables } from './bpe-tables.ts';
import { MergingBpe } from './merging-bpe.ts';
import { PretokenScanner } from './pretoken-scanner.ts';
import { TextBuffer } from './text-buffer.ts';
import type { AddedToken } from './vocabulary.ts';
import { CACHED_WORD_BYTES, WordCache } from './word-cache.ts';

/** Pre-tokens longer than this, the longest token, are merged (see BacktrackingBpe); ADR 0002 has the measurements. */
const MOST_BACKTRACKED_BYTES = 128;

/** Pre-tokens between two looks at whether the count is still wanted: a fraction of a millisecond. */
const PRETOKENS_PER_LOOK = 4096;

/** What a counter reads; all of it shared between threads. */
export interface CountingTables {
  readonly bpe: BpeTables;
  readonly classes: Uint8Array;
  readonly addedTokens: readonly AddedToken[];
}

export class FastCounter {
  readonly #scanner: PretokenScanner;
  readonly #finder: AddedTokenFinder;
  readonly #words = new WordCache();
  readonly #backtracking: BacktrackingBpe;
  readonly #merging: MergingBpe;
  readonly #text = new TextBuffer();
  readonly #normalised = new TextBuffer();
  /** The engine's own NFC: Node's knows a newer Unicode, and is quadratic in runs of combining marks. */
  readonly #nfc = nfcNormalizer();
  readonly #isUnwanted: () => boolean;

  /** Once `isUnwanted` says so, the count under way stops early and is meaningless. */
  constructor(tables: CountingTables, isUnwanted: () => boolean = () => false) {
    this.#scanner = new PretokenScanner(tables.classes);
    this.#finder = new AddedTokenFinder(tables.addedTokens);
    this.#backtracking = new BacktrackingBpe(tables.bpe, MOST_BACKTRACKED_BYTES);
    this.#merging = new MergingBpe(tables.bpe);
    this.#isUnwanted = isUnwanted;
  }

  count(text: string): number {
    return this.#run(text, null);
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    this.#run(text, ids);
    return ids;
  }

  /** Counts; the ids go into `ids` when there is one. */
  #run(text: string, ids: number[] | null): number {
    const length = this.#text.load(text);
    const { bytes } = this.#text;
    let tokens = 0;
    let position = 0;
    while (position < length) {
      const start = this.#finder.find(bytes, position, length);
      if (start > position) tokens += this.#runSegment(position, start, ids);
      if (start === length) break;
      tokens += 1;
      ids?.push(this.#finder.id);
      position = this.#finder.end;
    }
    this.#text.release();
    return tokens;
  }

  /** A stretch between added tokens, as written; normalised first if that could change it. */
  #runSegment(start: number, end: number, ids: number[] | null): number {
    const idsBefore = ids?.length ?? 0;
    const tokens = this.#runPretokens(this.#text, start, end, ids, false);
    if (tokens >= 0) return tokens;
    if (ids !== null) ids.length = idsBefore;
    const written = Buffer.from(this.#text.bytes.buffer, start, end - start).toString('utf8');
    const length = this.#normalised.load(this.#nfc.normalizeString(written));
    const exact = this.#runPretokens(this.#normalised, 0, length, ids, true);
    this.#normalised.release();
    return exact;
  }

  /** Splits and encodes; -1 as soon as it meets something NFC may change in a text that is not known to be NFC. */
  #runPretokens(text: TextBuffer, start: number, end: number, ids: number[] | null, isNfc: boolean): number {
    const scanner = this.#scanner;
    scanner.setText(text.bytes, end);
    let tokens = 0;
    let untilLook = PRETOKENS_PER_LOOK;
    for (let position = start; position < end; ) {
      const wordEnd = scanner.endOf(position);
      if (scanner.metComposing && !isNfc) return -1;
      tokens +=
        ids === null
          ? this.#countWord(text, position, wordEnd)
          : this.#encodeWord(text, position, wordEnd, ids);
      position = wordEnd;
      if (--untilLook > 0) continue;
      if (this.#isUnwanted()) return tokens;
      untilLook = PRETOKENS_PER_LOOK;
    }
    return tokens;
  }

  #countWord(text: TextBuffer, start: number, end: number): number {
    const length = end - start;
    if (length > MOST_BACKTRACKED_BYTES) return this.#merging.encode(text.bytes, start, end);
    if (length > CACHED_WORD_BYTES) return this.#backtracking.encode(text.bytes, start, end);
    const known = this.#words.find(text.view, start, length);
    if (known > 0) return known;
    const tokens = this.#backtracking.encode(text.bytes, start, end);
    this.#words.remember(tokens);
    return tokens;
  }

  #encodeWord(text: TextBuffer, start: number, end: number, ids: number[]): number {
    const bpe = end - start > MOST_BACKTRACKED_BYTES ? this.#merging : this.#backtracking;
    const tokens = bpe.encode(text.bytes, start, end);
    for (let index = 0; index < tokens; index++) ids.push(bpe.ids[index] ?? 0);
    return tokens;
  }
}
