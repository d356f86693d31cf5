// What the gateway tells about models and prompts is what the workers themselves would say.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';

interface ModelCard {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly max_model_len: number;
  readonly pools: readonly { name: string; rope: string; window: number; ready_workers: number }[];
}

interface Tokenized {
  readonly count: number;
  readonly tokens: readonly number[];
  readonly token_strs: readonly string[];
}

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    settings: { workers: { compareCounts: true, scrapeIntervalMs: 100, warmUpMs: 0 } },
  });
});
afterAll(() => fleet.close());

const TOOL = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

describe('/v1/tokenize answers as the worker itself', () => {
  it.each([
    ['a chat', { messages: [{ role: 'user', content: 'Héllo 世界 👋' }] }],
    [
      'a chat with text parts',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
    ],
    ['a chat with tools', { messages: [{ role: 'user', content: 'Rain?' }], tools: [TOOL] }],
    [
      'a chat without a generation prompt',
      { messages: [{ role: 'user', content: 'Hi' }], add_generation_prompt: false },
    ],
    [
      'a chat with options of a stream it does not ask for',
      { messages: [{ role: 'user', content: 'Hi' }], stream_options: { include_usage: true } },
    ],
    ['a text', { prompt: 'def f(x):\n    return x' }],
    ['no text at all', { prompt: '' }],
    ['specials in user text', { prompt: 'a <|im_end|> b' }],
  ])('for %s', async (_name, members) => {
    const body = { model: 'qwq-32b', return_token_strs: true, ...members, return_tokens: true };
    const ours = (await ask(fleet, '/v1/tokenize', body)).json<Tokenized>();
    const response = await fetch(`${fleet.sim('default').url}/tokenize`, {
      method: 'POST',
      body: JSON.stringify({ ...body, model: 'QwQ-32B' }),
      headers: { 'content-type': 'application/json' },
    });
    const theirs: unknown = await response.json();
    expect(theirs).toMatchObject({
      count: ours.count,
      tokens: ours.tokens,
      token_strs: ours.token_strs,
    });
    expect(ours.token_strs.length).toBe(ours.count);
  });

  it('with the strings alone, as a real vLLM writes them', async () => {
    const body = { prompt: 'Hello 你好 <think>', return_token_strs: true };
    expect((await ask(fleet, '/v1/tokenize', body)).json()).toEqual({
      count: 5,
      max_model_len: 4_096,
      token_strs: ['Hello', 'Ġ', 'ä½łå¥½', 'Ġ', '<think>'],
    });
    const wrong = await ask(fleet, '/v1/tokenize', { ...body, return_token_strs: 'yes' });
    expectFault(wrong, 'invalid_request', { param: 'return_token_strs' });
  });

  it('with the tokens only when they are asked for, and the largest window of the model', async () => {
    const answer = await ask(fleet, '/v1/tokenize', {
      model: 'qwq-32b',
      prompt: 'Hi',
      return_token_strs: null,
    });
    expect(answer.json()).toEqual({ count: 1, max_model_len: 4_096 });
  });
});

describe('/v1/tokenize of a model whose workers count for it', () => {
  let counted: FleetUnderTest;
  beforeAll(async () => {
    counted = await startFleetUnderTest({ model: { profile: undefined, counting: 'worker' } });
  });
  afterAll(() => counted.close());

  it.each([
    ['a chat', { messages: [{ role: 'user', content: 'Héllo 世界 👋' }] }],
    ['a text', { prompt: 'a <|im_end|> b' }],
    ['no text at all', { prompt: '' }],
  ])('answers the tokens and strings of %s when asked, as the model counted here', async (_name, members) => {
    const body = { ...members, return_tokens: true, return_token_strs: true };
    const theirs = (await ask(counted, '/v1/tokenize', body)).json<Tokenized>();
    const ours = (await ask(fleet, '/v1/tokenize', body)).json<Tokenized>();
    expect(theirs).toEqual(ours);
    const { count, tokens } = ours;
    const ids = await ask(counted, '/v1/tokenize', { ...members, return_tokens: true });
    expect(ids.json()).toEqual({ count, tokens, max_model_len: 4_096 });
    const none = await ask(counted, '/v1/tokenize', members);
    expect(none.json()).toEqual({ count, max_model_len: 4_096 });
  });

  it('takes one text where tokens are asked for', async () => {
    const batch = { prompt: ['one', 'two'], return_tokens: true };
    expectFault(await ask(counted, '/v1/tokenize', batch), 'invalid_request', { param: 'prompt' });
  });
});

describe('/v1/models', () => {
  it('lists each model with its largest window and its pools', async () => {
    const list = (await ask(fleet, '/v1/models')).json<{ object: string; data: ModelCard[] }>();
    expect(list).toMatchObject({
      object: 'list',
      data: [{ id: 'qwq-32b', object: 'model', max_model_len: 4_096 }],
    });
    expect(list.data[0]?.pools).toEqual([
      { name: 'default', rope: 'default', window: 1_024, ready_workers: 2 },
      { name: 'yarn-2', rope: 'yarn-2', window: 2_048, ready_workers: 1 },
      { name: 'yarn-4', rope: 'yarn-4', window: 4_096, ready_workers: 1 },
    ]);
  });

  it.each([
    '/v1/models/qwq-32b',
    '/v1/models/Qwen/QwQ-32B',
    '/v1/models/Qwen%2FQwQ-32B',
    '/compatible-mode/v1/models/Qwen/QwQ-32B',
  ])('finds %s under the name that was asked', async (path) => {
    const card = (await ask(fleet, path)).json<ModelCard>();
    expect(card.id).toBe(path.includes('Qwen') ? 'Qwen/QwQ-32B' : 'qwq-32b');
    expect(Number.isInteger(card.created)).toBe(true);
  });

  it.each(['/v1/models/nobody', '/v1/models/Qwen', '/v1/models/__proto__'])(
    'answers 404 to %s',
    async (path) => {
      expectFault(await ask(fleet, path), 'model_not_found', { param: 'model' });
    },
  );
});

it('answers 404 to a path that cannot be decoded', async () => {
  expectFault(await ask(fleet, '/v1/models/%ff'), 'not_found');
});

describe('an alias', () => {
  it('is what the answer names, while the worker hears the name it serves', async () => {
    const answer = await ask(fleet, CHAT, chat('Hi', { model: 'Qwen/QwQ-32B' }));
    expect(answer.json()).toMatchObject({ model: 'Qwen/QwQ-32B' });
    expect(JSON.parse(fleet.asked().at(-1)?.body ?? '')).toMatchObject({ model: 'QwQ-32B' });
  });

  it('is what every chunk of a stream names', async () => {
    const { text } = await ask(fleet, CHAT, chat('Hi', { model: 'Qwen/QwQ-32B', stream: true }));
    const models = [...text.matchAll(/"model":"([^"]*)"/g)].map(([, model]) => model);
    expect(new Set(models)).toEqual(new Set(['Qwen/QwQ-32B']));
  });

  it('may be left out where the key sees one model', async () => {
    const answer = await ask(fleet, CHAT, { messages: [{ role: 'user', content: 'Hi' }] });
    expect(answer.json()).toMatchObject({ model: 'qwq-32b' });
  });
});

describe('under /compatible-mode/v1', () => {
  it.each([
    ['chat/completions', chat(), 'chat.completion'],
    ['completions', { model: 'qwq-32b', prompt: 'Hi', max_tokens: 4 }, 'text_completion'],
  ])('answers %s', async (path, body, object) => {
    const answer = await ask(fleet, `/compatible-mode/v1/${path}`, body);
    expect(answer.json()).toMatchObject({ object, model: 'qwq-32b' });
  });

  it('tokenizes, routes and lists models', async () => {
    const base = '/compatible-mode/v1';
    expect((await ask(fleet, `${base}/tokenize`, { prompt: 'Hi' })).json()).toMatchObject({ count: 1 });
    expect((await ask(fleet, `${base}/route`, chat())).json()).toMatchObject({ choice: { pool: 'default' } });
    expect((await ask(fleet, `${base}/models`)).status).toBe(200);
  });
});
