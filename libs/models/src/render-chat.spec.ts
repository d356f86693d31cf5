// What the goldens cannot say: which field a refusal names, how prompts are cut into parts, and the bounds.
import { describe, expect, it } from '@jest/globals';
import { type ChatRequest, type LosslessJson, parseLossless } from '#protocol';
import { PROFILES, profileNamed } from './profile-named.ts';
import { QWEN2_5 } from './qwen2-5.ts';
import { QWEN3 } from './qwen3.ts';
import { QWQ } from './qwq.ts';

type Message = ChatRequest['messages'][number];

const message = (role: string, content: Message['content'], rest: Partial<Message> = {}): Message => ({
  role,
  content,
  reasoning: null,
  toolCalls: [],
  ...rest,
});

type Chat = Pick<
  ChatRequest,
  'messages' | 'tools' | 'addGenerationPrompt' | 'continueFinalMessage' | 'templateKwargs' | 'reasoningEffort'
>;

const chat = (messages: readonly Message[], rest: Partial<Chat> = {}): Chat => ({
  messages,
  tools: null,
  addGenerationPrompt: true,
  continueFinalMessage: false,
  templateKwargs: new Map(),
  reasoningEffort: null,
  ...rest,
});

const hello = [message('user', 'Hello')];
const tools = (source: string): readonly LosslessJson[] => parseLossless(source) as readonly LosslessJson[];

function parts(request: Chat, profile = QWQ): readonly string[] {
  const rendered = profile.render(request as ChatRequest);
  if (!rendered.rendered) throw rendered.fault;
  return rendered.parts;
}

function fault(request: Chat): { code: string; param: string | null; message: string } {
  const rendered = QWQ.render(request as ChatRequest);
  if (rendered.rendered) throw new TypeError(`rendered: ${rendered.parts.join('')}`);
  return rendered.fault;
}

describe('parts', () => {
  it('are one a message, a run of tool results being one', () => {
    const call = { name: 'f', arguments: '{"a":1}' };
    const request = chat([
      message('system', 's'),
      message('user', 'u'),
      message('assistant', null, { toolCalls: [call] }),
      message('tool', 'r1'),
      message('tool', 'r2'),
    ]);
    expect(parts(request)).toEqual([
      '<|im_start|>system\ns<|im_end|>\n',
      '<|im_start|>user\nu<|im_end|>\n',
      '<|im_start|>assistant\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call><|im_end|>\n',
      '<|im_start|>user\n<tool_response>\nr1\n</tool_response>\n<tool_response>\nr2\n</tool_response><|im_end|>\n',
      '<|im_start|>assistant\n<think>\n',
    ]);
  });

  it('of a long chat stay the same when the chat goes on, so that a cache by part pays', () => {
    const history = [
      message('user', 'a'),
      message('assistant', '<think>\nt\n</think>\n\nb'),
      message('user', 'c'),
    ];
    const longer = [...history, message('assistant', 'd'), message('user', 'e')];
    expect(parts(chat(longer)).slice(0, 3)).toEqual(parts(chat(history)).slice(0, 3));
  });

  it('of 10,000 messages are 10,001', () => {
    expect(parts(chat(Array.from({ length: 10_000 }, () => message('user', 'x'))))).toHaveLength(10_001);
  });

  it('are none when every message is dropped and no answer is opened', () => {
    expect(parts(chat([message('alien', 'x')], { addGenerationPrompt: false }))).toEqual([]);
  });
});

describe('normalisation', () => {
  it('moves all system texts to the front once a developer message is among them', () => {
    const messages = [message('user', 'u'), message('system', 's'), message('developer', 'd')];
    expect(parts(chat(messages)).join('')).toBe(
      '<|im_start|>system\ns\n\nd<|im_end|>\n<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n<think>\n',
    );
    expect(parts(chat(messages.slice(0, 2)))[1]).toBe('<|im_start|>system\ns<|im_end|>\n');
  });

  it('drops the billing line of Claude Code from system text only', () => {
    const text = 'x-anthropic-billing-header: cch=1;\nYou are Claude.';
    expect(parts(chat([message('system', text)]))[0]).toBe('<|im_start|>system\nYou are Claude.<|im_end|>\n');
    expect(parts(chat([message('user', text)]))[0]).toContain('cch=1');
  });

  it('leaves empty parts out of the join', () => {
    const content = ['', 'a', '', 'b'].map((text) => ({ text }));
    expect(parts(chat([message('user', content)]))[0]).toBe('<|im_start|>user\na\nb<|im_end|>\n');
  });
});

describe('refusals', () => {
  it.each([
    [chat([]), 'messages'],
    [chat([...hello, message('user', null)]), 'messages[1].content'],
    [chat([message('tool', null)]), 'messages[0].content'],
    [chat(hello, { tools: [] }), 'tools'],
    [chat(hello, { tools: tools('[{"type":"function"}]') }), 'tools[0].function'],
    [chat(hello, { tools: tools('[{"type":"x","function":{"name":"f"}}]') }), 'tools[0].type'],
    [chat(hello, { tools: tools('[{"function":{"name":5}}]') }), 'tools[0].function.name'],
    [
      chat(hello, { tools: tools('[{"function":{"name":"f","parameters":"{}"}}]') }),
      'tools[0].function.parameters',
    ],
    [chat(hello, { tools: tools('[{"function":{"name":"f","strict":1}}]') }), 'tools[0].function.strict'],
    [chat(hello, { tools: tools('[{"function":{"name":"f","description":"\\ud800"}}]') }), 'tools[0]'],
    [chat(hello, { continueFinalMessage: true }), 'continue_final_message'],
    [
      chat([message('alien', 'x')], { continueFinalMessage: true, addGenerationPrompt: false }),
      'continue_final_message',
    ],
    [chat(hello, { reasoningEffort: 'huge' }), 'reasoning_effort'],
    [chat(hello, { templateKwargs: new Map([['tools', []]]) }), 'chat_template_kwargs.tools'],
    [chat(hello, { templateKwargs: new Map([['tokenize', true]]) }), 'chat_template_kwargs.tokenize'],
  ])('name the field, case %#', (request, param) => {
    expect(fault(request)).toMatchObject({ code: 'invalid_request', param });
  });

  it.each([
    [undefined],
    [null],
    [new Map()],
    [`{"a":${'['.repeat(600)}1${']'.repeat(600)}}`],
    [`{"a":${'1'.repeat(4301)}}`],
    ['{"a":"\\ud800"}'],
  ])('name the arguments of the call, case %#', (value) => {
    const calls = [{ name: 'f', arguments: value }];
    expect(fault(chat([...hello, message('assistant', '', { toolCalls: calls })]))).toMatchObject({
      param: 'messages[1].tool_calls[0].function.arguments',
    });
  });

  it('quote no text of the prompt', () => {
    const request = chat([message('alien', 'secret')], {
      continueFinalMessage: true,
      addGenerationPrompt: false,
    });
    expect(fault(request).message).not.toContain('secret');
  });
});

describe('thinking', () => {
  const opening = (rest: Partial<Chat>) => parts(chat(hello, rest), QWEN3).at(-1);
  const off = '<|im_start|>assistant\n<think>\n\n</think>\n\n';
  const on = '<|im_start|>assistant\n';

  it('of Qwen3 goes off by enable_thinking false or reasoning_effort none, the former before the latter', () => {
    expect(opening({})).toBe(on);
    expect(opening({ reasoningEffort: 'low' })).toBe(on);
    expect(opening({ reasoningEffort: 'none' })).toBe(off);
    expect(opening({ templateKwargs: new Map([['enable_thinking', false]]) })).toBe(off);
    expect(opening({ templateKwargs: new Map([['enable_thinking', true]]), reasoningEffort: 'none' })).toBe(
      on,
    );
  });

  it('of QwQ never goes off', () => {
    expect(parts(chat(hello, { reasoningEffort: 'none' })).at(-1)).toBe('<|im_start|>assistant\n<think>\n');
  });
});

it('gives a Qwen2.5 chat without system text the identity of its makers', () => {
  expect(parts(chat(hello), QWEN2_5)[0]).toBe(
    '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n',
  );
});

it('finds profiles by the name a configuration gives them', () => {
  expect(PROFILES.map(({ name }) => profileNamed(name)?.name)).toEqual(['qwq', 'qwen2.5', 'qwen3']);
  expect(profileNamed('constructor')).toBeUndefined();
});
