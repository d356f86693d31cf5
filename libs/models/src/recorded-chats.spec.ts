// The QwQ profile against what a real vLLM 0.32 recorded: test/fixtures/vllm-golden (see its README).
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { type ChatRequest, Fault, parseCompletion } from '#protocol';
import { QWQ } from './qwq.ts';

const GOLDEN = new URL('../../../test/fixtures/vllm-golden/', import.meta.url);
const RULES = { maxAnswers: 16_384, allowedFields: new Set(['cache_salt', 'priority', 'request_id']) };

/** Faults of messages, tools and template options; the other recorded refusals are not the profile's. */
const REFUSED = [
  'a/chat_continue_both',
  'a/chat_image_part',
  'a/chat_reasoning_effort_bad',
  'a/chat_tools_empty',
  'a/chat_user_content_null',
  'a/err_bad_tool',
  'a/err_bad_tool_name',
  'a/err_content_number',
  'a/err_empty_messages',
  'a/err_lone_surrogate',
  'a/ok_tool_call_type_missing',
  'd/string_part',
];

const chats = readChats();
const single = readAnswers();

it('has the recordings to compare with', () => {
  expect(chats).toHaveLength(500);
  expect(single.filter((answer) => answer.prompt !== undefined).length).toBeGreaterThanOrEqual(14);
  expect(single.filter((answer) => answer.status === 400).length).toBeGreaterThanOrEqual(9);
});

it('renders every recorded chat to the recorded prompt, byte for byte', () => {
  const different = chats.filter(({ body, prompt }) => prompt !== undefined && promptOf(body) !== prompt);
  expect(different.map(({ id }) => id)).toEqual([]);
});

it('refuses the recorded chats that vLLM refused', () => {
  const refused = chats.filter(({ prompt }) => prompt === undefined);
  expect(refused.map(({ body }) => promptOf(body))).toEqual([expect.any(Fault)]);
});

it('begins every part with a special token', () => {
  for (const { body } of chats) {
    for (const part of partsOf(body)) expect(part.slice(0, 12)).toBe('<|im_start|>');
  }
});

it.each(single.filter((answer) => answer.prompt !== undefined))(
  'renders $name as vLLM returned its prompt_text',
  ({ body, prompt }) => {
    expect(promptOf(body)).toBe(prompt);
  },
);

it.each(single.filter((answer) => answer.status === 400))(
  'refuses $name as vLLM did',
  ({ body, message }) => {
    const fault = promptOf(body);
    if (!(fault instanceof Fault)) throw new TypeError(`rendered: ${fault}`);
    expect(fault.status).toBe(400);
    // The schema errors of vLLM name Python classes; there ours name the field instead.
    if (message && !/validation error|TextEncodeInput|multimodal/.test(message)) {
      expect(fault.message).toContain(message.replace(/ \(parameter=.*\)$/, ''));
    }
  },
);

interface Recorded {
  readonly name: string;
  readonly body: string;
  readonly status: number;
  readonly prompt: string | undefined;
  readonly message: string | undefined;
}

function readAnswers(): readonly Recorded[] {
  const withText = readdirSync(new URL('d/', GOLDEN)).map((file) => `d/${file.replace('.json', '')}`);
  return [...new Set([...withText, ...REFUSED])].sort().flatMap((name) => {
    if (name.includes('metrics')) return [];
    const file = JSON.parse(readFileSync(new URL(`${name}.json`, GOLDEN), 'utf8')) as {
      request: { path: string; body?: string };
      response: { status: number; body: string };
    };
    const { path, body } = file.request;
    if (path !== '/v1/chat/completions' || body === undefined) return [];
    const answer = REFUSED.includes(name) || file.response.body.includes('"prompt_text":"');
    if (!answer) return [];
    const parsed = JSON.parse(file.response.body) as { prompt_text?: string; error?: { message: string } };
    return [
      {
        name,
        body,
        status: file.response.status,
        prompt: parsed.prompt_text,
        message: parsed.error?.message,
      },
    ];
  });
}

function readChats(): readonly { id: number; body: string; prompt: string | undefined }[] {
  const file = gunzipSync(readFileSync(new URL('chats.jsonl.gz', GOLDEN))).toString();
  return file
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { id, prompt } = JSON.parse(line) as { id: number; prompt?: string };
      // The source text of the request, so that numbers keep the client's spelling. Quotes inside strings are escaped.
      const end = Math.max(line.lastIndexOf(', "count": '), line.lastIndexOf(', "tokenize_error": '));
      return { id, prompt, body: line.slice(line.indexOf('"request": ') + '"request": '.length, end) };
    });
}

function parseChat(body: string): ChatRequest {
  const request = parseCompletion('chat', Buffer.from(body), RULES);
  if (request.kind !== 'chat') throw new TypeError('not a chat');
  return request;
}

function partsOf(body: string): readonly string[] {
  try {
    const rendered = QWQ.render(parseChat(body));
    return rendered.rendered ? rendered.parts : [];
  } catch {
    return [];
  }
}

/** The prompt, or the Fault of parsing or rendering. */
function promptOf(body: string): string | Fault {
  try {
    const rendered = QWQ.render(parseChat(body));
    return rendered.rendered ? rendered.parts.join('') : rendered.fault;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
