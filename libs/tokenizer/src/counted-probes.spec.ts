import { expect, it } from '@jest/globals';
import { profileNamed } from '#models';
import { JsonBody, parseChat } from '#protocol';
import { countedProbes } from './counted-probes.ts';
import { createTokenCounter } from './create-token-counter.ts';

const counter = await createTokenCounter({
  vocabulary: 'qwen3',
  cacheEntries: 1_000,
  inlineBytes: 2 ** 24,
  threads: 0,
});
const profile = profileNamed('qwq');
if (!profile) throw new TypeError('no profile qwq');
const probes = await countedProbes(profile, counter);

it('asks about fifty questions, no two the same', () => {
  expect(probes.length).toBeGreaterThanOrEqual(45);
  expect(new Set(probes.map(({ body }) => body)).size).toBe(probes.length);
  expect(new Set(probes.map(({ name }) => name)).size).toBe(probes.length);
});

it('expects what the profile and the counter say', async () => {
  for (const { body, expectedTokens } of probes) {
    const request = parseChat(new JsonBody(Buffer.from(body)), { maxAnswers: 1, allowedFields: new Set() });
    const rendered = profile.render(request);
    if (!rendered.rendered) throw new TypeError(`not rendered: ${body}`);
    expect(expectedTokens).toBe(await counter.count([rendered.parts.join('')]));
  }
});

it('counts the template of a plain question as QwQ has it', () => {
  const hello = probes.find(({ body }) => body === '{"messages":[{"role":"user","content":"Hello"}]}');
  // <|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n
  expect(hello?.expectedTokens).toBe(11);
});

it('has shapes among them that front ends render differently', () => {
  const bodies = probes.map(({ body }) => body).join('\n');
  for (const shape of [
    '{"type":"text"',
    '"tools":[',
    '"tool_calls":[',
    '1e-7',
    '"role":"developer"',
    '</think>',
  ])
    expect(bodies).toContain(shape);
});
