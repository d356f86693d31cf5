import { expect, it } from '@jest/globals';
import { profileNamed } from '#models';
import { JsonBody, parseChat } from '#protocol';
import { createTokenCounter } from '#tokenizer';
import { demoRequests } from './demo-requests.ts';
import { SIMULATED_POOLS } from './simulated-pools.ts';

/** What a chat that states no output is taken to need (the default of the configuration). */
const ASSUMED_OUTPUT_TOKENS = 8_192;

const counter = await createTokenCounter({
  vocabulary: 'qwen3',
  cacheEntries: 100,
  inlineBytes: 2 ** 24,
  threads: 0,
});

async function promptTokens(content: string): Promise<number> {
  const body = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content }] }));
  const request = parseChat(new JsonBody(body), { maxAnswers: 1, allowedFields: new Set() });
  const rendered = profileNamed('qwq')?.render(request);
  if (!rendered?.rendered) throw new TypeError('not rendered');
  return counter.count(rendered.parts);
}

const requests = demoRequests();
const tokens = await Promise.all(requests.map(({ prompt }) => promptTokens(prompt)));

it('asks a short question, about 36,000 tokens and about 90,000', () => {
  const [short = 0, long = 0, longer = 0] = tokens;
  expect(tokens).toHaveLength(3);
  expect(short).toBeLessThan(100);
  expect(Math.abs(long - 36_000)).toBeLessThan(1_000);
  expect(Math.abs(longer - 90_000)).toBeLessThan(3_000);
});

it('asks for each of the three pools once, in their order', () => {
  const smallest = tokens.map(
    (count) =>
      SIMULATED_POOLS.find(({ windowTokens }) => windowTokens >= count + ASSUMED_OUTPUT_TOKENS)?.name,
  );
  expect(smallest).toEqual(['default', 'yarn-2', 'yarn-4']);
});

it('is prose: no line of the long texts is most of them', () => {
  for (const { prompt } of requests.slice(1)) {
    const lines = prompt.split('\n').filter((line) => line.length > 20);
    expect(new Set(lines).size / lines.length).toBeGreaterThan(0.9);
  }
});
