import { expect, it } from '@jest/globals';
import { JsonBody, parseChat } from '#protocol';
import { aModel, realCounter } from './model-under-test.ts';
import { tokenizerProbes } from './tokenizer-probes.ts';

const model = await aModel();
const probes = await tokenizerProbes(model);

it('asks about fifty questions, no two the same', () => {
  expect(probes.length).toBeGreaterThanOrEqual(45);
  expect(new Set(probes.map(({ body }) => body)).size).toBe(probes.length);
  expect(new Set(probes.map(({ name }) => name)).size).toBe(probes.length);
});

it('expects what the profile and the counter say, of its own model only', async () => {
  const counter = await realCounter();
  for (const { body, expectedTokens, model: id } of probes) {
    const request = parseChat(new JsonBody(Buffer.from(body)), { maxAnswers: 1, allowedFields: new Set() });
    const rendered = model.profile?.render(request);
    if (!rendered?.rendered) throw new TypeError(`not rendered: ${body}`);
    expect([id, expectedTokens]).toEqual(['qwq-32b', await counter.count([rendered.parts.join('')])]);
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

it('asks nothing about a model its workers count', async () => {
  expect(await tokenizerProbes(await aModel({ profile: null }))).toEqual([]);
});
