import { describe, expect, it } from '@jest/globals';
import { Fault } from './fault.ts';
import { parseCompletion } from './parse-completion.ts';
import type { ChatRequest, TextRequest } from './request.ts';

const rules = { maxAnswers: 8, allowedFields: new Set<string>() };
const hello = [{ role: 'user', content: 'Hello' }];
const chat = (value: unknown) =>
  parseCompletion('chat', Buffer.from(JSON.stringify(value)), rules) as ChatRequest;
const text = (value: unknown) =>
  parseCompletion('text', Buffer.from(JSON.stringify(value)), rules) as TextRequest;

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a chat', () => {
  it('takes max_completion_tokens before max_tokens', () => {
    const both = chat({ model: 'm', messages: hello, max_tokens: 9, max_completion_tokens: 3 });
    expect(both.statedOutput).toEqual({ tokens: 3, source: 'max_completion_tokens' });
    expect(chat({ messages: hello, max_tokens: 9 }).statedOutput).toEqual({
      tokens: 9,
      source: 'max_tokens',
    });
    expect(chat({ messages: hello, max_tokens: null }).statedOutput).toBeNull();
  });

  it('tells absent content from null content, and keeps text parts', () => {
    const { messages } = chat({
      messages: [
        { role: 'user' },
        { role: 'assistant', content: null },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'input_text', text: 'b' },
            { type: 'refusal', refusal: 'c' },
          ],
        },
      ],
    });
    expect(messages.map((message) => message.content)).toEqual([
      undefined,
      null,
      [{ text: 'a' }, { text: 'b' }, { text: 'c' }],
    ]);
  });

  it('keeps tool arguments and tools in their own spelling', () => {
    const body =
      '{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"10":1.0,"2":1e-7}}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"x":1.0}}}]}';
    const request = parseCompletion('chat', Buffer.from(body), rules) as ChatRequest;
    const spelled = request.messages[0]?.toolCalls[0]?.arguments as
      | Map<string, { source: string }>
      | undefined;
    expect([...(spelled ?? [])].map(([key, value]) => [key, value.source])).toEqual([
      ['10', '1.0'],
      ['2', '1e-7'],
    ]);
    expect(request.tools).toHaveLength(1);
  });

  it('reads what the client asked of usage', () => {
    const asked = chat({
      messages: hello,
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
    });
    expect([asked.wantsUsage, asked.wantsContinuousUsage]).toEqual([true, true]);
    expect(chat({ messages: hello, stream: true }).wantsUsage).toBe(false);
  });

  it.each([
    [{}, 'messages'],
    [{ messages: 'x' }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: [5] }, 'messages[0]'],
    [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
    [{ messages: [...hello, { role: 'user', content: [{ type: 'text' }] }] }, 'messages[1].content[0].text'],
    [{ messages: [{ role: 'user', content: 'a\ud800' }] }, 'messages[0].content'],
    [{ messages: hello, max_tokens: -1 }, 'max_tokens'],
    [{ messages: hello, max_tokens: 0 }, 'max_tokens'],
    [{ messages: hello, max_tokens: 0, echo: true }, 'max_tokens'],
    [{ messages: hello, max_tokens: '5' }, 'max_tokens'],
    [{ messages: hello, max_completion_tokens: 1.5 }, 'max_completion_tokens'],
    [{ messages: hello, n: 9 }, 'n'],
    [{ messages: hello, n: 0 }, 'n'],
    [{ messages: hello, stream: 'yes' }, 'stream'],
    [{ messages: hello, stream_options: { include_usage: true } }, 'stream_options'],
    [{ messages: hello, model: 5 }, 'model'],
    [{ messages: hello, tools: [{}] }, 'tools[0].function'],
    [{ messages: hello, use_beam_search: true }, 'use_beam_search'],
    [{ messages: hello, use_beam_search: 1 }, 'use_beam_search'],
    [{ messages: hello, use_beam_search: 'true' }, 'use_beam_search'],
    [{ messages: hello, truncate_prompt_tokens: -2 }, 'truncate_prompt_tokens'],
  ])('refuses %j naming %s', (value, param) => {
    expect(faultOf(() => chat(value))).toMatchObject({ code: 'invalid_request', status: 400, param });
  });

  it('refuses content it cannot count, naming the part', () => {
    const fault = faultOf(() =>
      chat({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'image_url', image_url: { url: 'data:' } },
            ],
          },
        ],
      }),
    );
    expect(fault).toMatchObject({ code: 'unsupported_content', param: 'messages[0].content[1]' });
    expect(fault.message).toContain('image_url');
  });

  it('refuses fields that steer the engine unless the key may use them', () => {
    const value = { messages: hello, priority: 1 };
    expect(faultOf(() => chat(value))).toMatchObject({ code: 'field_not_allowed', param: 'priority' });
    const allowed = { maxAnswers: 8, allowedFields: new Set(['priority']) };
    expect(parseCompletion('chat', Buffer.from(JSON.stringify(value)), allowed).kind).toBe('chat');
  });

  it.each(['kv_transfer_params', 'ec_transfer_params', 'kv_cache_report_mode'])(
    'refuses %s by its path in vllm_xargs, where the engine reads it too, unless the key may use it',
    (field) => {
      const rest = '"messages":[{"role":"user","content":"x"}],"prompt":"x"';
      const escaped = [...field].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
      const bodies = [
        `{${rest},"vllm_xargs":{"${field}":"boom"}}`,
        `{${rest},"vllm_xargs":{"a":1,"${escaped}":["boom"]}}`,
        `{${rest},"vllm_xargs":{},"vllm\\u005fxargs":{"${field}":0}}`,
        `{${rest},"vllm_xargs":{"${field}":null,"${escaped}":""}}`,
      ];
      const allowed = { maxAnswers: 8, allowedFields: new Set([field]) };
      for (const kind of ['chat', 'text'] as const)
        for (const body of bodies) {
          expect(faultOf(() => parseCompletion(kind, Buffer.from(body), rules))).toMatchObject({
            code: 'field_not_allowed',
            param: `vllm_xargs.${field}`,
          });
          expect(parseCompletion(kind, Buffer.from(body), allowed).kind).toBe(kind);
        }
    },
  );

  it.each([
    [{ ngram_size: 35, whitelist_token_ids: [1], priority: 3 }],
    [{ kv_transfer_params: null }],
    [{}],
    [null],
    ['kv_transfer_params'],
    [['kv_transfer_params']],
  ])('leaves %j in vllm_xargs to the engine', (vllm_xargs) => {
    expect(chat({ messages: hello, vllm_xargs }).kind).toBe('chat');
    expect(text({ prompt: 'a', vllm_xargs }).kind).toBe('text');
  });

  const parseJson = (kind: 'chat' | 'text', json: string) => parseCompletion(kind, Buffer.from(json), rules);
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const call = (args: string) => `{"type":"function","function":{"name":"f","arguments":${args}}}`;
  const called = `{"role":"assistant","tool_calls":[${call('{}')}]}`;

  it.each([
    ['messages[0].x', (deep: string) => `{"role":"user","content":"x","x":${deep}}`],
    ['messages[0].content', (deep: string) => `{"role":"user","content":${deep}}`],
    [
      'messages[0].content[1].x',
      (deep: string) => `{"role":"user","content":[{"text":"a"},{"text":"b","x":${deep}}]}`,
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      (deep: string) => `{"role":"assistant","tool_calls":[${call(deep)}]}`,
    ],
    ['messages[1].x', (deep: string) => `${called},{"role":"user","x":${deep}}`],
    ['messages[1]', (deep: string) => `${called},${deep}`],
  ])('refuses deep nesting in a message naming it: %s', (param, message) => {
    for (const levels of [600, 100_000])
      expect(faultOf(() => parseJson('chat', `{"messages":[${message(nested(levels))}]}`))).toMatchObject({
        code: 'invalid_request',
        param,
      });
  });

  it('takes the deepest nesting that passes everywhere, in a message, too', () => {
    const parse = (levels: number) =>
      parseJson('chat', `{"messages":[{"role":"user","x":${nested(levels)}},${called}]}`);
    expect(parse(510).kind).toBe('chat');
    expect(faultOf(() => parse(511))).toMatchObject({ param: 'messages[0].x' });
  });

  it.each([
    ['chat', 'prompt', '"messages":[{"role":"user","content":"x"}]'],
    ['text', 'messages', '"prompt":"x"'],
  ] as const)("refuses deep nesting in a %s's stray %s", (kind, field, rest) => {
    expect(faultOf(() => parseJson(kind, `{${rest},"${field}":${nested(600)}}`))).toMatchObject({
      param: field,
    });
  });

  it('refuses deep nesting naming the field, in any field', () => {
    const deep = `${'['.repeat(600)}${']'.repeat(600)}`;
    for (const field of ['metadata', 'tools', 'response_format']) {
      const bytes = Buffer.from(`{"messages":[{"role":"user","content":"x"}],"${field}":${deep}}`);
      expect(faultOf(() => parseCompletion('chat', bytes, rules)).param).toBe(field);
    }
  });
});

describe('a text completion', () => {
  it('takes no beam search said to be false', () => {
    for (const use_beam_search of [false, null])
      expect(text({ prompt: 'a', use_beam_search }).kind).toBe('text');
  });

  it('takes a text, texts, token ids and lists of them', () => {
    expect(text({ prompt: 'a' }).prompts).toEqual(['a']);
    expect(text({ prompt: ['a', 'b'] }).prompts).toEqual(['a', 'b']);
    expect(text({ prompt: [1, 2] }).prompts).toEqual([[1, 2]]);
    expect(text({ prompt: [[1], [2, 3]] }).prompts).toEqual([[1], [2, 3]]);
  });

  it("goes by max_tokens alone: vLLM's text completions have no max_completion_tokens", () => {
    const both = text({ prompt: 'a', max_tokens: 5_000, max_completion_tokens: 1 });
    expect(both.statedOutput).toEqual({ tokens: 5_000, source: 'max_tokens' });
    expect(text({ prompt: 'a', max_completion_tokens: 100_000 }).statedOutput).toBeNull();
    expect(text({ prompt: 'a', max_completion_tokens: 'many' }).statedOutput).toBeNull();
  });

  it('takes max_tokens 0 with echo, which scores a prompt: the engine makes a token of it all the same', () => {
    const scored = text({ prompt: 'a', echo: true, max_tokens: 0 });
    expect(scored.statedOutput).toEqual({ tokens: 1, source: 'max_tokens' });
    expect(text({ prompt: 'a', echo: true, max_tokens: 7 }).statedOutput?.tokens).toBe(7);
  });

  it.each([
    [{ prompt: 'a', max_tokens: 0 }, 'max_tokens'],
    [{ prompt: 'a', max_tokens: 0, echo: false }, 'max_tokens'],
    [{ prompt: 'a', max_tokens: 0, echo: null }, 'max_tokens'],
    [{ prompt: 'a', max_tokens: -1, echo: true }, 'max_tokens'],
    [{ prompt: 'a', max_tokens: 0, echo: 'yes' }, 'echo'],
    [{}, 'prompt'],
    [{ prompt: [] }, 'prompt'],
    [{ prompt: [1, 'a'] }, 'prompt[1]'],
    [{ prompt: [[1, -2]] }, 'prompt[0][1]'],
    [{ prompt: ['a', 5] }, 'prompt[1]'],
    [{ prompt: Array(9).fill('a') }, 'prompt'],
  ])('refuses %j naming %s', (value, param) => {
    expect(faultOf(() => text(value)).param).toBe(param);
  });
});
