// Two ways to the same encoding: by backtracking and by merging. They share only the tables.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../../test/seeded-random.ts';
import { BacktrackingBpe } from './backtracking-bpe.ts';
import { type BpeTables, buildBpeTables, findMerge } from './bpe-tables.ts';
import { loadEmbeddedVocabulary } from './embedded-vocabulary.ts';
import { MergingBpe } from './merging-bpe.ts';
import { findUnreachableToken } from './unreachable-token.ts';

const MOST_BYTES = 600;

describe('byte-pair encoding', () => {
  let tables: BpeTables;
  let backtracking: BacktrackingBpe;
  let merging: MergingBpe;

  beforeAll(async () => {
    tables = buildBpeTables(await loadEmbeddedVocabulary('qwen3'));
    backtracking = new BacktrackingBpe(tables, MOST_BYTES);
    merging = new MergingBpe(tables);
  });

  function encodeBoth(word: Uint8Array): {
    readonly backtracked: readonly number[];
    readonly merged: readonly number[];
  } {
    const backtracked = backtracking.ids.subarray(0, backtracking.encode(word, 0, word.length));
    const count = merging.encode(word, 0, word.length);
    return { backtracked: [...backtracked], merged: [...merging.ids.subarray(0, count)] };
  }

  it('makes each token of the vocabulary from its own bytes', () => {
    for (let id = 0; id < tables.size; id++) {
      const start = tables.offsets[id] ?? 0;
      const end = tables.offsets[id + 1] ?? 0;
      if (backtracking.encode(tables.bytes, start, end) !== 1 || backtracking.ids[0] !== id)
        throw new Error(`token ${id}`);
    }
  });

  it('reaches every token of the vocabulary, and notices one that is made of others but never by merging', () => {
    expect(findUnreachableToken(tables)).toBe(-1);
    // "ab" + "c" comes after "bc", so "abc" is merged as "a" + "bc", which makes no token: 258 is never reached.
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => tables.tokenOfByte[letter.charCodeAt(0)] ?? 0);
    if (a === undefined || b === undefined || c === undefined) throw new Error('no such bytes');
    const odd = buildBpeTables({
      sha256: '',
      source: '',
      addedTokens: [],
      left: Int32Array.of(b, a, 257),
      right: Int32Array.of(c, b, c),
    });
    expect(findUnreachableToken(odd)).toBe(258);
  });

  it.each([
    ['tokens of the vocabulary joined', 3000],
    ['letters', 3000],
    ['any bytes', 3000],
    ['few different bytes', 3000],
    ['runs', 1000],
  ])('comes to the same ids both ways for words of %s', (kind, rounds) => {
    const random = new SeededRandom(rounds + kind.length);
    for (let round = 0; round < rounds; round++) {
      const { backtracked, merged } = encodeBoth(wordOf(kind, random));
      expect(backtracked).toEqual(merged);
    }
  });

  it('finds each merge by its halves, and none for halves that do not merge', () => {
    for (let id = 256; id < tables.size; id++) {
      if (findMerge(tables, tables.left[id] ?? 0, tables.right[id] ?? 0) !== id)
        throw new Error(`merge ${id}`);
    }
    expect(findMerge(tables, tables.size - 1, tables.size - 1)).toBe(-1);
  });

  function wordOf(kind: string, random: SeededRandom): Uint8Array {
    const length = 1 + random.below(60);
    switch (kind) {
      case 'letters':
        return Uint8Array.from({ length }, () => 97 + random.below(26));
      case 'any bytes':
        return Uint8Array.from({ length }, () => random.below(256));
      case 'few different bytes':
        return Uint8Array.from({ length }, () => random.pick([45, 61, 47, 97]));
      case 'runs':
        return Buffer.concat([
          Buffer.alloc(1 + random.below(250), random.pick(['-', '/', 'a', ' ', '\t'])),
          Buffer.alloc(1 + random.below(250), random.pick(['-', '=', 'b', '\n'])),
        ]);
      default:
        return Buffer.concat(
          Array.from({ length: 1 + random.below(8) }, () => {
            const id = random.below(tables.size);
            return Buffer.from(tables.bytes.slice(tables.offsets[id], tables.offsets[id + 1]));
          }),
        ).subarray(0, MOST_BYTES);
    }
  }
});
