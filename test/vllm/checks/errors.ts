// Refusals: those the gateway makes itself never reach a worker; those of a worker come out in OpenAI's shape.
import assert from 'node:assert/strict';
import { ask, CHAT, TEXT } from '../ask-gateway.ts';
import { chat, prose } from '../chats.ts';
import { DEFAULT_WINDOW, YARN_WINDOW } from '../servers/open-servers.ts';
import { askedCompletions } from '../worker-metrics.ts';
import type { Bench } from './bench.ts';

interface Refusal {
  readonly name: string;
  readonly path?: string;
  readonly body: unknown;
  readonly status: number;
  readonly code: string;
}

export async function checkErrors(bench: Bench): Promise<void> {
  const { report, servers } = bench;
  const window = servers.yarn === null ? DEFAULT_WINDOW : YARN_WINDOW;
  report.section('The gateway in front of it: refusals');
  for (const refusal of ownRefusals(window)) {
    await report.check(`${refusal.name}: ${refusal.status} ${refusal.code}, no worker asked`, async () => {
      const before = await askedOfAll(bench);
      const message = await refused(bench, refusal);
      assert.equal(await askedOfAll(bench), before);
      return message;
    });
  }
  for (const refusal of WORKERS_OWN) {
    await report.check(`${refusal.name}: the worker's ${refusal.status} in OpenAI's shape`, async () => {
      const before = await askedOfAll(bench);
      const message = await refused(bench, refusal);
      assert.equal(await askedOfAll(bench), before + 1);
      return message;
    });
  }
}

function ownRefusals(window: number): readonly Refusal[] {
  const tooLong = { status: 400, code: 'context_length_exceeded' };
  return [
    { name: 'a prompt longer than every window', body: chat(prose(window + 1_000)), ...tooLong },
    { name: 'a stated output that fits no window', body: chat('Hi', { max_tokens: window }), ...tooLong },
    {
      name: 'an unknown model',
      body: { ...chat('Hi'), model: 'gpt-4o' },
      status: 404,
      code: 'model_not_found',
    },
    {
      name: 'empty messages',
      body: { model: 'qwq-32b', messages: [] },
      status: 400,
      code: 'invalid_request',
    },
    {
      name: "a field that steers the engine ('priority')",
      body: chat('Hi', { priority: 1 }),
      status: 400,
      code: 'field_not_allowed',
    },
  ];
}

/** Fields we do not act on and so do not check: vLLM's validation answers, in three shapes of its own. */
const WORKERS_OWN: readonly Refusal[] = [
  {
    name: 'a negative temperature',
    body: chat('Hi', { temperature: -1 }),
    status: 400,
    code: 'worker_rejected',
  },
  { name: 'top_p 2', body: chat('Hi', { top_p: 2 }), status: 400, code: 'worker_rejected' },
  { name: 'top_p a text', body: chat('Hi', { top_p: 'x' }), status: 400, code: 'worker_rejected' },
  {
    name: 'a schema that is none',
    body: chat('Hi', { response_format: { type: 'json_schema' } }),
    status: 400,
    code: 'worker_rejected',
  },
  {
    name: 'logprobs beyond the limit, on /v1/completions',
    path: TEXT,
    body: { model: 'qwq-32b', prompt: 'x', logprobs: 1_000 },
    status: 400,
    code: 'worker_rejected',
  },
];

/** Checks the whole shape; resolves with the message. */
async function refused({ gateway }: Bench, { path = CHAT, body, status, code }: Refusal): Promise<string> {
  const answer = await ask(gateway, path, body);
  assert.equal(answer.status, status, answer.text.slice(0, 500));
  assert.equal(answer.error.code, code, answer.text.slice(0, 500));
  assert.match(answer.error.message, /\S/);
  return answer.error.message.slice(0, 120);
}

async function askedOfAll({ servers }: Bench): Promise<number> {
  const urls = [servers.default.url, ...(servers.yarn === null ? [] : [servers.yarn.url])];
  const counts = await Promise.all(urls.map(askedCompletions));
  return counts.reduce((sum, count) => sum + count, 0);
}
