// The official client, end to end, with nothing told about Ropeway but its address and key.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { ANSWER, CALLS, THINKING } from '../chats.ts';
import type { Bench } from './bench.ts';

const MESSAGES = [{ role: 'user' as const, content: 'Hi' }];

export async function checkOpenAiClient({ report, gateway }: Bench): Promise<void> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  report.section('The gateway in front of it: the official openai client');
  await report.check('lists the model', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert.ok(ids.includes('qwq-32b'), ids.join(', '));
    return ids.join(', ');
  });
  await report.check('streams thinking and answer to the end', async () => {
    const stream = await client.chat.completions.create({
      model: 'qwq-32b',
      messages: MESSAGES,
      stream: true,
    });
    let thinking = '';
    let content = '';
    for await (const { choices } of stream) {
      const delta: { content?: string | null; reasoning_content?: string } = choices[0]?.delta ?? {};
      thinking += delta.reasoning_content ?? '';
      content += delta.content ?? '';
    }
    assert.deepEqual([thinking.trim(), content.trim()], [THINKING, ANSWER]);
    return undefined;
  });
  await report.check('runs a tool through its own helper', async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools(
      {
        model: 'qwq-32b',
        messages: MESSAGES,
        stream: true,
        tools: [
          {
            type: 'function',
            function: {
              name: 'get_weather',
              description: 'The weather of a city.',
              parameters: { type: 'object', properties: { city: { type: 'string' } } },
              parse: JSON.parse,
              function: (args: unknown) => {
                asked.push(args);
                return 'sunny';
              },
            },
          },
        ],
        ...CALLS,
      },
      { maxChatCompletions: 2 },
    );
    await runner.done();
    assert.deepEqual(asked[0], { city: 'Paris' });
    assert.ok(runner.messages.some(({ role }) => role === 'tool'));
    return `${runner.messages.length} messages`;
  });
  await report.check('gets a typed error for a prompt that is too long', async () => {
    const long = client.chat.completions.create({
      model: 'qwq-32b',
      messages: MESSAGES,
      max_tokens: 300_000,
    });
    await assert.rejects(long, (error: unknown) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.code, 'context_length_exceeded');
      return true;
    });
    return undefined;
  });
}
