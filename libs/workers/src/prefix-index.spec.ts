import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CHUNK_BYTES, MAX_CHAIN_CHUNKS, prefixChain } from './prefix-chain.ts';
import { PrefixIndex } from './prefix-index.ts';

const chainOf = (...hashes: number[]) => ({ hashes, tokensPerChunk: 512 });

describe('the index', () => {
  it('counts the chunks at the head of a chain it was told of', () => {
    const index = new PrefixIndex(100);
    index.insert(chainOf(1, 2, 3, 4));
    expect(index.match(chainOf(1, 2, 3, 4))).toBe(4);
    expect(index.match(chainOf(1, 2, 13, 14))).toBe(2);
    expect(index.match(chainOf(1, 2, 3, 4, 15, 16, 17))).toBe(4);
    expect(index.match(chainOf(11, 12))).toBe(0);
    expect(index.match(chainOf())).toBe(0);
  });

  it('drops the tails of the oldest chain first', () => {
    const index = new PrefixIndex(5);
    index.insert(chainOf(1, 2, 3));
    index.insert(chainOf(11, 12, 13));
    expect(index.match(chainOf(1, 2, 3))).toBe(2);
    expect(index.match(chainOf(11, 12, 13))).toBe(3);
    expect(index.size).toBe(5);
  });

  it('does not reorder when asked', () => {
    const asked = new PrefixIndex(4);
    asked.insert(chainOf(1, 2));
    asked.insert(chainOf(11, 12));
    asked.match(chainOf(1, 2));
    asked.insert(chainOf(21));
    expect(asked.match(chainOf(1, 2))).toBe(1);
  });

  it('keeps the head of a chain longer than itself', () => {
    const index = new PrefixIndex(2);
    index.insert(chainOf(1, 2, 3, 4));
    expect(index.match(chainOf(1, 2, 3, 4))).toBe(2);
  });

  it('holds nothing with no capacity, less after shrinking, and nothing after a restart', () => {
    const none = new PrefixIndex(0);
    none.insert(chainOf(1, 2));
    expect(none.match(chainOf(1, 2))).toBe(0);
    const index = new PrefixIndex(10);
    index.insert(chainOf(1, 2, 3));
    index.resize(2);
    expect(index.match(chainOf(1, 2, 3))).toBe(2);
    index.clear();
    expect(index.match(chainOf(1, 2, 3))).toBe(0);
  });

  it('finds by halving exactly what looking at every chunk finds', () => {
    const turn = fc.record({ path: fc.array(fc.nat(2), { maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (turns, capacity) => {
        const index = new PrefixIndex(capacity);
        let model: number[] = [];
        for (const { path } of turns) {
          const chain = chainOf(...pathHashes(path));
          let expected = 0;
          while (expected < chain.hashes.length && model.includes(chain.hashes[expected] ?? -1)) expected++;
          expect(index.match(chain)).toBe(expected);
          index.insert(chain);
          // Newest first: the chain head first, then whatever was there before.
          model = [...chain.hashes, ...model.filter((hash) => !chain.hashes.includes(hash))].slice(
            0,
            capacity,
          );
          expect(index.size).toBe(model.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the chain of a prompt', () => {
  const text = (bytes: number, mark = '') => (mark + 'x'.repeat(bytes)).slice(0, bytes);
  const hashesOf = (...parts: string[]) => [...prefixChain(parts, 1_000).hashes];

  it('has one hash for each whole KiB, and none for a shorter prompt', () => {
    expect(hashesOf('short')).toHaveLength(0);
    expect(hashesOf(text(CHUNK_BYTES - 1))).toHaveLength(0);
    expect(hashesOf(text(CHUNK_BYTES))).toHaveLength(1);
    expect(hashesOf(text(3 * CHUNK_BYTES + 5))).toHaveLength(3);
    expect(hashesOf('😀'.repeat(CHUNK_BYTES / 4))).toHaveLength(1);
  });

  it('does not depend on how the prompt is cut into parts', () => {
    const whole = text(5_000, 'question ');
    expect(hashesOf(whole.slice(0, 700), whole.slice(700, 2_100), whole.slice(2_100))).toEqual(
      hashesOf(whole),
    );
  });

  it('is the same up to the chunk in which two prompts part, and different after it', () => {
    const head = text(2 * CHUNK_BYTES, 'head');
    const one = hashesOf(`${head}a${text(3_000)}`);
    const other = hashesOf(`${head}b${text(3_000)}`);
    expect(one.slice(0, 2)).toEqual(other.slice(0, 2));
    for (let at = 2; at < one.length; at++) expect(one[at]).not.toBe(other[at]);
  });

  it('tells equal chunks at different places apart', () => {
    const hashes = hashesOf(text(20 * CHUNK_BYTES));
    expect(new Set(hashes).size).toBe(20);
  });

  it('gives whole numbers a double holds exactly', () => {
    for (const hash of hashesOf(text(50 * CHUNK_BYTES, 'a'))) expect(Number.isSafeInteger(hash)).toBe(true);
  });

  it('spreads the tokens over the bytes', () => {
    expect(prefixChain([text(4 * CHUNK_BYTES)], 1_000).tokensPerChunk).toBe(250);
    expect(prefixChain([text(1_500)], 1_500).tokensPerChunk).toBe(CHUNK_BYTES);
  });

  it('stops at its bound, with the tokens of a chunk unchanged', () => {
    const long = prefixChain([text(2 * MAX_CHAIN_CHUNKS * CHUNK_BYTES)], 2 * MAX_CHAIN_CHUNKS * 250);
    expect(long.hashes).toHaveLength(MAX_CHAIN_CHUNKS);
    expect(long.tokensPerChunk).toBe(250);
  });

  it('takes any text, lone surrogates too', () => {
    expect(hashesOf(`${'\ud800'.repeat(400)}`)).toEqual(hashesOf(`${'\udfff'.repeat(400)}`));
    expect(hashesOf(`${'\ud800'.repeat(400)}`)).toHaveLength(1);
  });
});

/** A hash for each node on a path through a tree, as chained hashes are. */
function pathHashes(path: readonly number[]): number[] {
  let hash = 1;
  return path.map((branch) => {
    hash = hash * 3 + branch;
    return hash;
  });
}
