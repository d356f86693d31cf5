// The claim "exact", proven against the engine's own tokeniser: same ids for every text, not just the same count.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../../test/seeded-random.ts';
import { createTokenCounter, type TokenCounter } from '../src/index.ts';
import { hostileText, type TextKind, textKinds } from './hostile-texts.ts';
import { Oracle } from './oracle.ts';
import { recordedAnswers, recordedChats } from './recorded.ts';

const TEXTS_PER_KIND = 800;
const CHATS = 1500;

describe('against the tokenizers oracle', () => {
  let counter: TokenCounter;
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = new Oracle();
    counter = await createTokenCounter({
      vocabulary: 'qwen3',
      cacheEntries: 1000,
      inlineBytes: 32 * 1024,
      threads: 1,
    });
  });
  afterAll(() => counter.close());

  /** Null when both agree, else what to reproduce it with. */
  async function difference(parts: readonly string[]): Promise<object | null> {
    const expected = await oracle.encode(parts.join(''));
    const count = await counter.count(parts);
    const ids = await counter.encode(parts);
    const isSame =
      count === expected.length && ids.length === count && ids.every((id, index) => id === expected[index]);
    return isSame
      ? null
      : {
          parts: parts.map((part) => part.slice(0, 300)),
          count,
          ids: ids.slice(0, 50),
          expected: expected.slice(0, 50),
        };
  }

  async function differences(texts: Iterable<readonly string[]>): Promise<readonly object[]> {
    const found: object[] = [];
    for (const parts of texts) {
      const one = await difference(parts);
      if (one !== null) found.push(one);
      if (found.length >= 5) break;
    }
    return found;
  }

  it.each(textKinds)(`encodes ${TEXTS_PER_KIND} texts of the kind %s as it does`, async (kind: TextKind) => {
    const random = new SeededRandom(textKinds.indexOf(kind) + 1);
    expect(
      await differences(Array.from({ length: TEXTS_PER_KIND }, () => [hostileText(kind, random)])),
    ).toEqual([]);
  });

  it(`adds the parts of ${CHATS} chats with hostile contents up to the count of the whole`, async () => {
    const random = new SeededRandom(77);
    const part = () =>
      `<|im_start|>${random.pick(['system', 'user', 'assistant', 'tool'])}\n${hostileText(random.pick(textKinds), random)}<|im_end|>${random.pick(['\n', ''])}`;
    const chats = Array.from({ length: CHATS }, () => [
      ...Array.from({ length: 1 + random.below(6) }, part),
      '<|im_start|>assistant\n<think>\n',
    ]);
    expect(await differences(chats)).toEqual([]);
  });

  it('encodes pieces cut out of recorded chats anywhere as it does', async () => {
    const random = new SeededRandom(99);
    const prompts = recordedChats().map(({ prompt }) => prompt);
    const piece = () => {
      const prompt = random.pick(prompts);
      const start = random.below(prompt.length);
      return prompt.slice(start, start + 1 + random.below(400));
    };
    expect(await differences(Array.from({ length: 800 }, () => [piece() + piece()]))).toEqual([]);
  });

  it('classifies and composes every code point as it does', async () => {
    const found: object[] = [];
    for (const first of blocksOfCodePoints()) {
      const block = Array.from({ length: 4096 }, (_, index) => String.fromCodePoint(first + index));
      // A letter in front shows letters and what joins it, a digit behind shows numbers, the stop shows white space.
      const one = await difference([block.map((character) => `a${character}b ${character}\u0301.`).join('')]);
      if (one !== null) found.push({ first: first.toString(16), ...one });
    }
    expect(found.slice(0, 3)).toEqual([]);
  });

  it.each([
    ['one letter', 'a'.repeat(500_000)],
    ['dashes', '-'.repeat(500_000)],
    ['slashes', '/'.repeat(500_000)],
    ['spaces', `${' '.repeat(500_000)}x`],
    ['line feeds', '\n'.repeat(500_000)],
    ['spaces and line feeds in turn', ' \n'.repeat(250_000)],
    ['digits', '7'.repeat(200_000)],
    ['combining marks of two classes', `a${'\u0301\u0323'.repeat(100_000)}`],
    ['runs of slashes just short enough not to be merged', `${'/'.repeat(128)} x`.repeat(2_000)],
    ['tabs between letters', `${'\t'.repeat(120)}x`.repeat(2_000)],
    ['opening brackets', '<'.repeat(300_000)],
    ['added tokens only', '<|im_end|>'.repeat(30_000)],
    ['nul', '\0'.repeat(300_000)],
  ])('counts a monster of %s as it does', async (_, text) => {
    expect(await difference([text])).toBeNull();
  });

  it.each([
    ['letters', 26, 97, 500_000],
    ['two letters', 2, 97, 300_000],
    ['punctuation', 14, 33, 300_000],
    ['Chinese characters', 3000, 0x4e00, 200_000],
  ])('counts a monster word of random %s as it does', async (_, alphabet, first, length) => {
    const random = new SeededRandom(5);
    expect(
      await difference([random.text(length, () => String.fromCodePoint(first + random.below(alphabet)))]),
    ).toBeNull();
  });
});

/** All blocks of 4,096 but most of planes 4 to 13, 15 and 16, which hold nothing or private characters: one each there. */
function blocksOfCodePoints(): readonly number[] {
  const blocks = Array.from({ length: 0x110 }, (_, index) => index * 4096);
  const isBare = (plane: number) => plane > 3 && plane !== 14;
  return blocks.filter((first) => !isBare(first >>> 16) || first % 0x10000 === 0);
}

describe('against the recorded vLLM', () => {
  it('counts and encodes every recorded chat and text as it did', async () => {
    const counter = await createTokenCounter({
      vocabulary: 'qwen3',
      cacheEntries: 10,
      inlineBytes: 32 * 1024,
      threads: 0,
    });
    const chats = recordedChats();
    expect(chats.length).toBeGreaterThan(490);
    expect(recordedAnswers().length).toBeGreaterThan(10);
    for (const { prompt, count, token_ids: ids } of [...chats, ...recordedAnswers()]) {
      expect(await counter.count([prompt])).toBe(count);
      expect(await counter.encode([prompt])).toEqual(ids);
    }
  });
});
