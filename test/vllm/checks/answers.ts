// Answers as a client gets them through the gateway: streams, usage, names, tools, text completions.
import assert from 'node:assert/strict';
import { type Chunk, chunksOf, framesOf } from '../../e2e/harness/read-stream.ts';
import { ask, CHAT, open, TEXT } from '../ask-gateway.ts';
import { ANSWER, CALLS, chat, ENDLESS, THINKING, WEATHER } from '../chats.ts';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Bench } from './bench.ts';

interface Completion {
  readonly model: string;
  readonly choices: readonly {
    readonly text?: string;
    readonly finish_reason: string;
    readonly message: {
      readonly content: string | null;
      readonly reasoning?: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly {
        readonly type: string;
        readonly function: { readonly name: string; readonly arguments: string };
      }[];
    };
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

export async function checkAnswers({ report, gateway }: Bench): Promise<void> {
  report.section('The gateway in front of it: answers');
  await report.check('a stream has thinking under both names, then content, then [DONE]', () =>
    bothNames(gateway),
  );
  await report.check('usage is hidden from a stream that did not ask for it', async () => {
    const chunks = await stream(gateway, chat('Hi'));
    assert.ok(chunks.every((chunk) => !chunk.usage && chunk.choices.length > 0));
    return undefined;
  });
  await report.check('usage comes to a stream that asked, as the last chunk', async () => {
    const chunks = await stream(gateway, chat('Hi', { stream_options: { include_usage: true } }));
    const last = chunks.at(-1);
    assert.deepEqual(last?.choices, []);
    assert.deepEqual(
      { prompt: last?.usage?.prompt_tokens, completion: last?.usage?.completion_tokens },
      // The script's 19 and <|im_end|>.
      { prompt: 11, completion: 20 },
    );
    return `${last?.usage?.prompt_tokens} + ${last?.usage?.completion_tokens} tokens`;
  });
  for (const name of ['qwq-32b', 'QwQ-32B', 'Qwen/QwQ-32B']) {
    await report.check(`every chunk and answer carries the client's own name ${name}`, async () => {
      const chunks = await stream(gateway, { ...chat('Hi'), model: name });
      assert.ok(chunks.length > 3 && chunks.every(({ model }) => model === name));
      assert.equal((await complete(gateway, CHAT, { ...chat('Hi'), model: name })).model, name);
      return undefined;
    });
  }
  await report.check('tools, auto: a call after thinking', () =>
    calls(gateway, { tools: [WEATHER], tool_choice: 'auto', ...CALLS }),
  );
  await report.check('tools, auto, streamed: the same call in pieces', () => streamedCall(gateway));
  await report.check('tools, named: guided decoding is passed on and answered', () =>
    forcedCall(gateway, { type: 'function', function: { name: 'get_weather' } }),
  );
  await report.check('tools, required: guided decoding is passed on and answered', () =>
    forcedCall(gateway, 'required'),
  );
  await report.check('max_tokens cuts an endless answer: finish_reason length', async () => {
    const answer = await complete(gateway, CHAT, chat('Hi', { max_tokens: 40, ...ENDLESS }));
    assert.equal(answer.choices[0]?.finish_reason, 'length');
    assert.equal(answer.usage.completion_tokens, 40);
    return undefined;
  });
  await report.check('two answers to one prompt (n: 2)', async () => {
    const { choices } = await complete(gateway, CHAT, chat('Hi', { n: 2 }));
    assert.deepEqual(
      choices.map(({ message }) => message.content?.trim()),
      [ANSWER, ANSWER],
    );
    return undefined;
  });
  await report.check('a text completion', () => textCompletion(gateway, 'Once upon a time'));
  await report.check('a text completion by token ids', () =>
    textCompletion(gateway, [12_522, 5_193, 264, 882]),
  );
}

async function complete(gateway: GatewayProcess, path: string, body: unknown): Promise<Completion> {
  const answer = await ask(gateway, path, body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json<Completion>();
}

async function stream(gateway: GatewayProcess, body: object): Promise<readonly Chunk[]> {
  const frames = await framesOf(await open(gateway, CHAT, { ...body, stream: true }));
  assert.equal(frames.at(-1), 'data: [DONE]');
  return chunksOf(frames);
}

async function bothNames(gateway: GatewayProcess): Promise<string> {
  const deltas = (await stream(gateway, chat('Hi'))).flatMap(({ choices }) =>
    choices.map(({ delta }) => delta),
  );
  const text = (read: (delta: (typeof deltas)[number]) => string | null | undefined) =>
    deltas.map((delta) => read(delta) ?? '').join('');
  assert.equal(text(({ reasoning }) => reasoning).trim(), THINKING);
  assert.equal(
    text(({ reasoning_content }) => reasoning_content),
    text(({ reasoning }) => reasoning),
  );
  assert.equal(text(({ content }) => content).trim(), ANSWER);
  const [answer] = (await complete(gateway, CHAT, chat('Hi'))).choices;
  assert.equal(answer?.message.reasoning?.trim(), THINKING);
  assert.equal(answer?.message.reasoning_content, answer?.message.reasoning);
  return `${deltas.length} chunks`;
}

async function calls(gateway: GatewayProcess, members: Readonly<Record<string, unknown>>): Promise<string> {
  const [choice] = (await complete(gateway, CHAT, chat('Weather in Paris?', members))).choices;
  assert.equal(choice?.finish_reason, 'tool_calls');
  const call = choice?.message.tool_calls?.[0];
  assert.deepEqual(call?.function, { name: 'get_weather', arguments: '{"city": "Paris"}' });
  return `${call?.function.name} ${call?.function.arguments}`;
}

interface CallDelta {
  readonly tool_calls?: readonly {
    readonly function?: { readonly name?: string; readonly arguments?: string };
  }[];
}

async function streamedCall(gateway: GatewayProcess): Promise<string> {
  const body = chat('Weather in Paris?', { tools: [WEATHER], ...CALLS });
  const choices = (await stream(gateway, body)).flatMap((chunk) => chunk.choices);
  const pieces = choices.flatMap(({ delta }) => (delta as CallDelta).tool_calls ?? []);
  assert.equal(pieces.map((piece) => piece.function?.name ?? '').join(''), 'get_weather');
  const written = pieces.map((piece) => piece.function?.arguments ?? '').join('');
  assert.deepEqual(JSON.parse(written), { city: 'Paris' });
  assert.equal(choices.at(-1)?.finish_reason, 'tool_calls');
  return `${pieces.length} pieces`;
}

/** What the scripted model writes when its grammar is forced is not JSON to the end; that it was forced shows. */
async function forcedCall(gateway: GatewayProcess, tool_choice: unknown): Promise<string> {
  const body = chat('Weather in Paris?', { tools: [WEATHER], tool_choice, max_tokens: 60 });
  const [choice] = (await complete(gateway, CHAT, body)).choices;
  const written = JSON.stringify(choice?.message);
  assert.match(written, /get_weather/);
  return `finish_reason ${choice?.finish_reason}`;
}

async function textCompletion(gateway: GatewayProcess, prompt: string | readonly number[]): Promise<string> {
  const answer = await complete(gateway, TEXT, { model: 'qwq-32b', prompt, max_tokens: 8 });
  assert.equal(answer.usage.prompt_tokens, 4);
  assert.equal(answer.usage.completion_tokens, 8);
  const { text } = answer.choices[0] ?? {};
  assert.match(text ?? '', /^Okay,/);
  return JSON.stringify(text);
}
