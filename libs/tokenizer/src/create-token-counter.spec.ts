import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenizerJsonOf } from '../test/oracle.ts';
import { createTokenCounter } from './create-token-counter.ts';
import type { TokenCounter } from './token-counter.ts';

const big = 'Some words of a long text, again and again. '.repeat(2_000);

describe('createTokenCounter', () => {
  let counter: TokenCounter;

  beforeAll(async () => {
    counter = await createTokenCounter({
      vocabulary: 'qwen3',
      cacheEntries: 100,
      inlineBytes: 32_768,
      threads: 1,
    });
  });
  afterAll(() => counter.close());

  it('says which vocabulary it counts with', () => {
    expect(counter.vocabulary).toEqual({
      sha256: 'aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4',
      source: expect.stringContaining('qwen3'),
    });
  });

  it('counts small prompts at once and big ones aside, and big ones at once when seen before', async () => {
    expect(counter.count(['<|im_start|>user\nHi<|im_end|>\n'])).toBe(6);
    const first = counter.count([`${big}!`]);
    expect(first).toBeInstanceOf(Promise);
    expect(counter.count([`${big}!`, '<|im_end|>'])).toBeInstanceOf(Promise); // not counted yet
    const tokens = await first;
    expect(counter.count([`${big}!`, '<|im_end|>'])).toBe(tokens + 1);
  });

  it('lets many middling parts leave the event loop together', async () => {
    const parts = Array.from(
      { length: 50 },
      (_, index) => `<|im_start|>user\n${index} ${big.slice(0, 1_000)}<|im_end|>\n`,
    );
    const counted = counter.count(parts);
    expect(counted).toBeInstanceOf(Promise);
    expect(await counted).toBe((await counter.encode(parts)).length);
  });

  it('lets many small parts leave the event loop together', async () => {
    const parts = Array.from({ length: 5_000 }, (_, index) => `<|im_start|>user\n${index}<|im_end|>\n`);
    const counted = counter.count(parts);
    expect(counted).toBeInstanceOf(Promise);
    expect(await counted).toBe((await counter.encode(parts)).length);
  });

  it('rejects with the reason of the signal, running or waiting, and goes on counting', async () => {
    const reasons = [new Error('first left'), new Error('second left')];
    const aborts = reasons.map(() => new AbortController());
    const counts = aborts.map(({ signal }, index) =>
      Promise.resolve(counter.count([`${index} ${big.repeat(20)}`], signal)),
    );
    const settled = Promise.allSettled(counts);
    for (const [index, abort] of aborts.entries()) abort.abort(reasons[index]);
    expect(await settled).toEqual(reasons.map((reason) => ({ status: 'rejected', reason })));
    expect(await counter.count([`after ${big}`])).toBeGreaterThan(10_000);
    expect(await counter.count([`0 ${big.repeat(20)}`])).toBeGreaterThan(200_000); // an abandoned count is not remembered
  });

  it('rejects at once when the signal was aborted before', async () => {
    const reason = new Error('left');
    await expect(counter.count([`x${big}`], AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(counter.encode(['x'], AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('spells ids as the engine does: special tokens too, broken characters as U+FFFD, unknown ids as nothing', async () => {
    expect(await counter.decode([9707, 220, 108386, 220, 151667])).toBe('Hello 你好 <think>');
    expect(await counter.decode([999_999, -1])).toBe('');
    expect(await counter.decode([160])).toBe('\ufffd');
  });

  it('writes tokens as a real vLLM does, halves of a character too', () => {
    // test/fixtures/vllm-golden/a/tokenize_prompt_strs.json
    const strings = ['Hello', 'Ġ', 'ä½łå¥½', 'Ġ', '<think>'];
    expect(counter.tokenStrings([9707, 220, 108386, 220, 151667])).toEqual(strings);
    expect(counter.tokenStrings([160])).toEqual(['ä']);
  });

  it('gives back what it encoded', async () => {
    const text = 'naïve 你好 👩‍💻 <|im_end|>\n\tx';
    expect(await counter.decode(await counter.encode([text]))).toBe(text);
  });

  it('says what to set for a file of another structure', async () => {
    const path = join(tmpdir(), `ropeway-unigram-${process.pid}.json`);
    writeFileSync(path, JSON.stringify({ model: { type: 'Unigram' } }));
    try {
      const options = { vocabulary: { path }, cacheEntries: 0, inlineBytes: 0, threads: 0 };
      await expect(createTokenCounter(options)).rejects.toThrow('`counting: worker`');
    } finally {
      rmSync(path);
    }
  });

  it('counts everything inline without threads', async () => {
    const inline = await createTokenCounter({
      vocabulary: 'qwen2.5',
      cacheEntries: 0,
      inlineBytes: 0,
      threads: 0,
    });
    expect(inline.count([big])).toBe(await counter.count([big]));
    await inline.close();
  });

  it("takes a served model's own file, and refuses one it cannot count with", async () => {
    const path = tokenizerJsonOf('qwen2.5');
    const own = await createTokenCounter({
      vocabulary: { path },
      cacheEntries: 0,
      inlineBytes: 0,
      threads: 0,
    });
    expect(own.vocabulary.source).toBe(path);
    expect(own.count(['<think>'])).toBe(3);
    await expect(
      createTokenCounter({
        vocabulary: { path: '/nowhere.json' },
        cacheEntries: 0,
        inlineBytes: 0,
        threads: 0,
      }),
    ).rejects.toThrow('/nowhere.json');
  });

  it('refuses to count aside after it was closed', async () => {
    const closed = await createTokenCounter({
      vocabulary: 'qwen3',
      cacheEntries: 0,
      inlineBytes: 0,
      threads: 1,
    });
    const running = Promise.resolve(closed.count([big.repeat(50)]));
    const settled = Promise.allSettled([running]);
    await closed.close();
    expect(await settled).toMatchObject([{ status: 'rejected', reason: { code: 'gateway_draining' } }]);
    await expect(closed.count([big])).rejects.toMatchObject({ code: 'gateway_draining' });
  });
});
