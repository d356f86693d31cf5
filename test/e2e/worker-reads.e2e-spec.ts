// What a request is checked by is what the worker reads of it: no way of writing a member has two meanings.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';

const TEXT = '/v1/completions';
const MESSAGES = '"messages":[{"role":"user","content":"Hi"}]';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({ pools: ONE_POOL });
});
afterAll(() => fleet.close());

const seen = () => fleet.asked().at(-1)?.body ?? '';

it('counts an output of null as the default of a text, and the worker goes no further', async () => {
  const endless = { model: 'qwq-32b', prompt: 'Hi', ignore_eos: true, max_tokens: null };
  const answer = await ask(fleet, TEXT, endless);
  expect(answer.headers.get('x-ropeway-output-budget')).toBe('16');
  expect(answer.json()).toMatchObject({ usage: { completion_tokens: 16 } });
});

describe('of a member that is there twice, however it is spelt, the last one counts here and there:', () => {
  const twice: readonly (readonly [string, string, object])[] = [
    ['model', `{"mod\\u0065l":"nobody","model":"qwq-32b",${MESSAGES}}`, { model: 'QwQ-32B' }],
    ['model, escaped last', `{"model":"nobody","mod\\u0065l":"qwq-32b",${MESSAGES}}`, { model: 'QwQ-32B' }],
    ['max_tokens', `{"max_tokens":900,"max\\u005ftokens":3,${MESSAGES}}`, { max_tokens: 3 }],
    ['stream', `{"stream":true,"str\\u0065am":false,${MESSAGES}}`, { stream: false }],
    [
      'stream_options',
      `{"stream":true,"stream_options":{"include_usage":true},"stream\\u005foptions":{"include_usage":true,"include\\u005fusage":false},${MESSAGES}}`,
      { stream_options: { include_usage: true } },
    ],
    ['n', `{"n":8,"\\u006e":1,${MESSAGES}}`, { n: 1 }],
  ];
  it.each(twice)('%s', async (_member, body, expected) => {
    expect((await ask(fleet, CHAT, body)).status).toBe(200);
    // As Python's json takes it: the last one.
    expect(JSON.parse(seen())).toMatchObject(expected);
  });

  it.each([
    ['priority', '"priority":null,"pri\\u006frity":-1'],
    ['cache_salt', '"cache_salt":null,"cache\\u005fsalt":"s"'],
    [
      'vllm_xargs.kv_transfer_params',
      '"vllm_xargs":{"a":1},"vllm\\u005fxargs":{"kv\\u005ftransfer_params":{}}',
    ],
  ])('%s', async (param, members) => {
    expectFault(await ask(fleet, CHAT, `{${members},${MESSAGES}}`), 'field_not_allowed', { param });
  });
});

describe('a part of text that an engine would read as something else', () => {
  const address = 'http://127.0.0.1:9/a.png';
  it.each([
    ['an address and a uuid', { type: 'text', text: 'Hi', uuid: 'u', image_url: address }],
    [
      'an address of an object and a uuid',
      { type: 'text', text: 'Hi', uuid: '', image_url: { url: address } },
    ],
    ['an address and no type', { text: 'Hi', video_url: address }],
    ['an address and null for a type', { type: null, text: 'Hi', audio_url: address }],
    ['embeddings that are null', { type: 'text', text: 'Hi', uuid: 'u', image_embeds: null }],
  ])('is refused: %s', async (_what, part) => {
    const before = fleet.asked().length;
    const answer = await ask(fleet, CHAT, chat([{ type: 'text', text: 'a' }, part]));
    expectFault(answer, 'unsupported_content', { param: 'messages[0].content[1]' });
    expect(fleet.asked().length).toBe(before);
  });
});
