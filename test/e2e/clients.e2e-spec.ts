// The official client works as with OpenAI itself: answers, streams, tools, retries and typed errors.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming, ChatCompletionTool } from 'openai/resources';
import { words } from './harness/ask.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';

const QUESTION: ChatCompletionCreateParamsNonStreaming = {
  model: 'Qwen/QwQ-32B',
  messages: [{ role: 'user', content: 'Which is larger, 9.9 or 9.11?' }],
};
const WEATHER: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: ONE_POOL,
    keys: { caller: {}, hurried: { requestsPerMinute: 1 } },
    settings: { relay: { retries: 0 } },
  });
});
afterAll(() => fleet.close());
afterEach(async () => {
  fleet.sim('default').heal();
  await fleet.idle();
});

const client = (options: { apiKey?: string; maxRetries?: number } = {}): OpenAI =>
  new OpenAI({ baseURL: `${fleet.url}/v1`, apiKey: fleet.key, maxRetries: 0, ...options });

/** The error a call is refused with. */
async function refusal(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('it was not refused');
}

it('reads an answer', async () => {
  const answer = await client().chat.completions.create(QUESTION);
  expect(answer.model).toBe('Qwen/QwQ-32B');
  expect(answer.choices[0]?.message.content).toMatch(/\w/);
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.usage?.total_tokens).toBeGreaterThan(25);
});

it('reads a stream with its usage', async () => {
  const stream = await client().chat.completions.create({
    ...QUESTION,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  expect(text).toMatch(/\w/);
  expect(usage?.completion_tokens).toBeGreaterThan(0);
});

it('reads a text completion', async () => {
  const answer = await client().completions.create({ model: 'qwq-32b', prompt: 'Once upon', max_tokens: 8 });
  expect(answer.choices[0]?.text).toMatch(/./);
});

describe('reads tool calls', () => {
  const asked = { ...QUESTION, tools: [WEATHER], tool_choice: 'required' as const };

  it('of an answer', async () => {
    const answer = await client().chat.completions.create(asked);
    const [call] = answer.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather' } });
  });

  it('of a stream, put together by the client itself', async () => {
    const answer = await client()
      .chat.completions.stream({ ...asked, stream: true })
      .finalChatCompletion();
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'tool_calls' });
    const [call] = answer.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather' } });
    expect(JSON.parse(call?.type === 'function' ? call.function.arguments : '')).toEqual(expect.any(Object));
  });
});

it('reads an answer bound to a schema, parsed by the client itself', async () => {
  const schema = { type: 'object', properties: { city: { type: 'string' }, degrees: { type: 'integer' } } };
  const answer = await client().chat.completions.parse({
    ...QUESTION,
    response_format: { type: 'json_schema', json_schema: { name: 'weather', schema } },
  });
  expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ city: 'Paris', degrees: 1 });
});

it('lists models, and retrieves one whose name has a slash', async () => {
  const ids: string[] = [];
  for await (const model of client().models.list()) ids.push(model.id);
  expect(ids).toEqual(['qwq-32b']);
  expect(await client().models.retrieve('Qwen/QwQ-32B')).toMatchObject({
    id: 'Qwen/QwQ-32B',
    object: 'model',
  });
});

it('lists models under a path with a slash at its end, which some clients ask', async () => {
  const list = await client().get<{ data: { id: string }[] }>('/models/');
  expect(list.data.map(({ id }) => id)).toEqual(['qwq-32b']);
});

describe('says of a path that is not there', () => {
  const at = (baseURL: string) => new OpenAI({ baseURL, apiKey: fleet.key, maxRetries: 0 });
  const meant = (path: string) => expect.stringContaining(`Did you mean ${path}?`);

  it.each([
    ['without /v1', ''],
    ['with /v1 twice', '/v1/v1'],
    ['with a slash too many', '//v1'],
    ['with a slash too many behind it', '/v1//'],
    ['with the path of the endpoint', '/v1/chat/completions'],
  ])('which one was meant by a base URL %s', async (_how, end) => {
    const error = await refusal(at(fleet.url + end).chat.completions.create(QUESTION));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'not_found', message: meant('/v1/chat/completions') });
  });

  it.each([
    ['responses', () => client().responses.create({ model: 'qwq-32b', input: 'Hi' })],
    ['embeddings', () => client().embeddings.create({ model: 'qwq-32b', input: 'Hi' })],
  ])('which there are, to who asks for %s', async (_api, call) => {
    const error = await refusal(call());
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/The API is under \/v1: \/v1\/chat\/completions, .*\/v1\/usage\.$/),
    });
  });
});

describe('throws what it throws for OpenAI, with our code:', () => {
  const chatWith = (members: object) => () =>
    client().chat.completions.create({ ...QUESTION, ...members, stream: false });

  it.each([
    [
      'AuthenticationError',
      OpenAI.AuthenticationError,
      'invalid_api_key',
      () => client({ apiKey: 'sk-1' }).models.list(),
    ],
    ['NotFoundError', OpenAI.NotFoundError, 'model_not_found', chatWith({ model: 'gpt-9' })],
    ['BadRequestError', OpenAI.BadRequestError, 'invalid_request', chatWith({ max_tokens: -1 })],
    [
      'BadRequestError',
      OpenAI.BadRequestError,
      'context_length_exceeded',
      chatWith({ messages: [{ role: 'user', content: words(2_000) }] }),
    ],
  ])('%s %# ', async (_name, type, code, call) => {
    const error = await refusal(call());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({
      code,
      type: 'invalid_request_error',
      requestID: expect.stringMatching(/^req-/),
    });
  });

  it('RateLimitError', async () => {
    const hurried = client({ apiKey: fleet.keys.get('hurried') ?? '' });
    await hurried.models.list();
    const error = await refusal(hurried.models.list());
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded' });
  });

  it('APIError out of a stream that broke, and not a polite end', async () => {
    fleet.sim('default').inflict({ kind: 'cut', afterTokens: 3 });
    const stream = await client().chat.completions.create({ ...QUESTION, stream: true });
    const read = async () => {
      for await (const _chunk of stream);
    };
    const error = await refusal(read());
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'worker_failed' });
  });
});

it('retries by itself what passes by itself', async () => {
  const before = fleet.asked().length;
  fleet.sim('default').inflict({ kind: 'queue-full' });
  const answer = await client({ maxRetries: 2 }).chat.completions.create(QUESTION);
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(fleet.asked().length - before).toBe(2);
});

it('waits as long as retry-after-ms says: an honest wait needs one retry', async () => {
  const delays: number[] = [];
  const counting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    delays.push(Number(response.headers.get('retry-after-ms') ?? 0));
    return response;
  };
  fleet.sim('default').inflict({ kind: 'queue-full' });
  const patient = new OpenAI({
    baseURL: `${fleet.url}/v1`,
    apiKey: fleet.key,
    maxRetries: 1,
    fetch: counting,
  });
  await patient.chat.completions.create(QUESTION);
  expect(delays).toEqual([1_000, 0]);
});
