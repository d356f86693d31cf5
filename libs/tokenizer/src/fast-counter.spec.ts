import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildBpeTables } from './bpe-tables.ts';
import { loadEmbeddedVocabulary } from './embedded-vocabulary.ts';
import { FastCounter } from './fast-counter.ts';
import { loadUnicodeClasses } from './unicode-classes.ts';

async function counterFor(name: 'qwen3' | 'qwen2.5'): Promise<FastCounter> {
  const vocabulary = await loadEmbeddedVocabulary(name);
  const { addedTokens } = vocabulary;
  return new FastCounter({
    bpe: buildBpeTables(vocabulary),
    classes: await loadUnicodeClasses(),
    addedTokens,
  });
}

describe('FastCounter', () => {
  let qwen3: FastCounter;
  let qwen25: FastCounter;

  beforeAll(async () => {
    [qwen3, qwen25] = await Promise.all([counterFor('qwen3'), counterFor('qwen2.5')]);
  });

  it.each([
    ['', []],
    ['Hello 你好 <think>', [9707, 220, 108386, 220, 151667]],
    ['Which is larger, 9.9 or 9.11?', [23085, 374, 8131, 11, 220, 24, 13, 24, 476, 220, 24, 13, 16, 16, 30]],
    ["I'd've they're y'all's; WE'LL", [40, 4172, 3003, 807, 2299, 379, 64848, 594, 26, 19677, 6, 4086]],
    ['a\ud800b', [64, 5691, 65]],
  ])('encodes %j as the engine was seen to', (text, ids) => {
    expect(qwen3.encode(text)).toEqual(ids);
    expect(qwen3.count(text)).toBe(ids.length);
  });

  it.each([
    ['an added token before NFC could join its ">" to a mark', 'hi<|im_end|>\u0338 there', 5],
    ['white space JavaScript knows no of', ' \u00a0\u0085', 3],
    ['a byte-order mark, which is no white space', '\ufeff\u00a0', 2],
    ['a lone surrogate as U+FFFD', 'abc\ud800def', 3],
    ['62,500 tokens in half a million letters without a break', 'a'.repeat(500_000), 62_500],
    ['7,812 in as many dashes', '-'.repeat(500_000), 7_812],
    ['a token a digit', '7'.repeat(1_000), 1_000],
  ])('counts %s', (_, text, tokens) => {
    expect(qwen3.count(text)).toBe(tokens);
  });

  it('knows <think> as one token in the Qwen3 vocabulary and as plain text in that of Qwen2.5', () => {
    expect(qwen3.count('<think>')).toBe(1);
    expect(qwen25.count('<think>')).toBe(3);
  });

  it('counts composed and decomposed spellings alike', () => {
    expect(qwen3.encode('cafe\u0301')).toEqual(qwen3.encode('caf\u00e9'));
    expect(qwen3.encode('\u1112\u1161\u11ab')).toEqual(qwen3.encode('\ud55c'));
  });

  it('counts the same whatever was counted before', () => {
    const texts = ['word', 'words', 'word ', 'Ångström', 'A\u030angström', '字', 'x'.repeat(300), 'word'];
    const first = texts.map((text) => qwen3.count(text));
    for (let i = 0; i < 100_000; i++) qwen3.count(`w${i}`);
    expect(texts.map((text) => qwen3.count(text))).toEqual(first);
  });

  it('stops early once the count is not wanted any more', async () => {
    const vocabulary = await loadEmbeddedVocabulary('qwen3');
    const tables = { bpe: buildBpeTables(vocabulary), classes: await loadUnicodeClasses(), addedTokens: [] };
    let looks = 0;
    const counter = new FastCounter(tables, () => ++looks >= 2);
    expect(counter.count('word '.repeat(100_000))).toBeLessThan(10_000);
    expect(looks).toBe(2);
  });
});
