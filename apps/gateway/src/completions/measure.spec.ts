import { afterAll, expect, it } from '@jest/globals';
import { type CompletionRequest, Fault, parseCompletion } from '#protocol';
import { StaticFleet } from '#workers';
import { aModel, realCounter } from '../models/model-under-test.ts';
import { type MeasureContext, measure } from './measure.ts';

const fleet = new StaticFleet({ pools: [] });
afterAll(() => fleet.close());
const context: MeasureContext = { fleet, signal: new AbortController().signal, salt: null };
const model = await aModel();
const counter = await realCounter();

function parsed(kind: 'chat' | 'text', body: unknown): CompletionRequest {
  const rules = { maxAnswers: 64, allowedFields: new Set<string>() };
  return parseCompletion(kind, Buffer.from(JSON.stringify(body)), rules);
}

const chat = (more: object = {}) =>
  parsed('chat', { messages: [{ role: 'user', content: 'Hello' }], ...more });

async function refusal(request: CompletionRequest, of = model): Promise<Fault> {
  try {
    await measure(request, of, context);
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new TypeError('it was measured');
}

it('counts a chat as rendered, without leaving the event loop', () => {
  expect(measure(chat(), model, context)).toMatchObject({
    promptTokens: 11,
    chargedTokens: 11,
    answers: 1,
    isWhole: true,
  });
});

it('takes the longest prompt of a batch for the window, the sum for the charge, all for the answers', async () => {
  const request = parsed('text', { prompt: ['one', [1, 2, 3, 4, 5], 'one two three'], n: 2 });
  const short = await counter.count(['one']);
  const long = await counter.count(['one two three']);
  expect(await measure(request, model, context)).toMatchObject({
    promptTokens: Math.max(5, long),
    chargedTokens: short + 5 + long,
    answers: 6,
    isWhole: false,
    chain: null,
  });
});

it('cuts what the engine will cut, and then expects no equal count of the worker', () => {
  expect(measure(chat({ truncate_prompt_tokens: 4 }), model, context)).toMatchObject({
    promptTokens: 4,
    isWhole: false,
  });
});

it('refuses to cut to a window that depends on the length', async () => {
  expect(await refusal(chat({ truncate_prompt_tokens: -1 }))).toMatchObject({
    code: 'invalid_request',
    param: 'truncate_prompt_tokens',
  });
});

it.each([
  ['prompt', { prompt: '' }],
  ['prompt[0]', { prompt: ['', ''] }],
  ['prompt[0]', { prompt: [[]] }],
  ['prompt[1]', { prompt: ['a', ''], truncate_prompt_tokens: 5 }],
  ['prompt[2]', { prompt: [[1], 'a', []] }],
  ['truncate_prompt_tokens', { prompt: ['a', [1, 2]], truncate_prompt_tokens: 0 }],
])('refuses a prompt without a token, which vLLM does too, naming %s', async (param, body) => {
  expect(await refusal(parsed('text', body))).toMatchObject({ code: 'invalid_request', param });
});

it('refuses a chat of which nothing would be kept', async () => {
  expect(await refusal(chat({ truncate_prompt_tokens: 0 }))).toMatchObject({
    code: 'invalid_request',
    param: 'truncate_prompt_tokens',
  });
});

it('counts a prompt without a token where nothing is going to be sent', async () => {
  for (const request of [parsed('text', { prompt: '' }), chat({ truncate_prompt_tokens: 0 })]) {
    const counted = await measure(request, model, { ...context, mayBeEmpty: true });
    expect(counted).toMatchObject({ promptTokens: 0, chargedTokens: 0 });
  }
});

it('holds a request to the bounds of its own model', async () => {
  const strict = await aModel({ maxAnswers: 2 });
  expect(await refusal(chat({ n: 3 }), strict)).toMatchObject({ code: 'invalid_request', param: 'n' });
  const batch = parsed('text', { prompt: ['a', 'b', 'c'] });
  expect(await refusal(batch, strict)).toMatchObject({ code: 'invalid_request', param: 'prompt' });
  expect(measure(chat({ n: 2 }), strict, context)).toMatchObject({ answers: 2 });
});

it('lets prompts under different salts share nothing, and under one salt everything', async () => {
  const request = parsed('text', { prompt: 'prose '.repeat(1_000) });
  const chainUnder = async (salt: string | null) => {
    const { chain } = await measure(request, model, { ...context, salt });
    return [...(chain?.hashes ?? [])];
  };
  const [mine = 0] = await chainUnder('mine');
  expect(mine).not.toBe(0);
  expect((await chainUnder('mine'))[0]).toBe(mine);
  expect((await chainUnder('yours'))[0]).not.toBe(mine);
  expect((await chainUnder(null))[0]).not.toBe(mine);
});
