// Neither prompt nor answer, tool call, key or header of a caller is ever told to those who watch: not in the log, not in the
// metrics, not in the record of a request. Each carries a mark here, goes through whatever can happen to it, and is looked for.
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ControlUnderTest, controlOver } from '../../apps/control/test/control-under-test.ts';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { frame, type ScriptedWorker, SSE, startScriptedWorker } from './harness/scripted-worker.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

const PROMPT = 'mark-of-the-prompt';
const ANSWER = 'mark-of-the-answer';
const TOOL = 'mark-of-the-tool-call';
const HEADER = 'mark-of-a-header';
const BODY = chat(PROMPT, {
  messages: [
    { role: 'user', content: PROMPT },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call-1', type: 'function', function: { name: 'look', arguments: `{"at":"${TOOL}"}` } },
      ],
    },
    { role: 'tool', tool_call_id: 'call-1', content: TOOL },
    { role: 'user', content: PROMPT },
  ],
});

/** What the worker does with the next request. */
let script: (res: ServerResponse) => void;
const scripts: Readonly<Record<string, (res: ServerResponse) => void>> = {
  'answers in a stream': (res) =>
    res
      .writeHead(200, SSE)
      .end(
        `${frame({ role: 'assistant', content: ANSWER })}${frame({ content: ANSWER }, 'stop')}data: [DONE]\n\n`,
      ),
  'quotes the prompt in a 500': (res) =>
    res.writeHead(500, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        error: { message: `cannot do "${PROMPT}" nor ${TOOL}`, type: 'server_error', code: 500 },
      }),
    ),
  'quotes the prompt in a 400': (res) =>
    res
      .writeHead(400, { 'content-type': 'application/json' })
      .end(
        JSON.stringify({ error: { message: `bad: ${PROMPT} ${TOOL}`, type: 'BadRequestError', code: 400 } }),
      ),
  'writes what is no JSON': (res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end(`{"choices": ${ANSWER} ${PROMPT}`),
  'breaks its stream with an error that quotes': (res) =>
    res
      .writeHead(200, SSE)
      .end(
        `${frame({ content: ANSWER })}data: ${JSON.stringify({ error: { message: PROMPT, code: 500 } })}\n\n`,
      ),
  'dies in the middle': (res) => {
    res.writeHead(200, SSE).write(frame({ content: ANSWER }));
    setImmediate(() => res.destroy());
  },
};

let worker: ScriptedWorker;
let tenants: TenantsUnderTest;
let control: ControlUnderTest;
let key: string;
beforeAll(async () => {
  worker = await startScriptedWorker(1_024, (res) => script(res));
  tenants = await startTenantsUnderTest({
    pools: [{ name: 'default', factor: 1, windowTokens: 1_024, sims: 0, urls: [worker.url] }],
    settings: {
      log: { follow: { tenants: ['marked'] } },
      workers: { compareCounts: false, breakerFailures: 1_000 },
      relay: { retries: 0 },
    },
  });
  control = await controlOver(tenants.database, { gateways: [tenants.gateway.opsUrl] });
  key = await tenants.newTenant('marked');
});
afterAll(async () => {
  await control.close();
  await tenants.close();
  await worker.close();
});

it('holds whatever happens to a request', async () => {
  const ids: string[] = [];
  const headers = (id: string) => ({
    'x-request-id': id,
    'user-agent': HEADER,
    cookie: HEADER,
    'x-forwarded-for': '203.0.113.7',
    'x-anything': HEADER,
  });
  for (const [at, [name, next]] of Object.entries(scripts).entries()) {
    script = next;
    for (const stream of [true, false]) {
      const id = `redaction-${at}-${stream}`;
      ids.push(id);
      const answer = await ask(tenants, CHAT, { ...BODY, stream }, { key, headers: headers(id) }).catch(
        () => name,
      );
      expect(answer).toBeDefined();
    }
  }
  // A key where an id belongs, a body that is no JSON and quotes, a model of that name, one who leaves, one who may not.
  await ask(tenants, CHAT, BODY, { key, headers: { 'x-request-id': key } });
  await ask(tenants, CHAT, `{"messages": "${PROMPT}`, { key });
  await ask(tenants, CHAT, { ...BODY, temperature: PROMPT }, { key });
  await ask(tenants, CHAT, BODY, { key: `${key.slice(0, -1)}x`, headers: { cookie: HEADER } });
  await ask(tenants, '/v1/route', BODY, { key });
  await ask(tenants, '/v1/tokenize', BODY, { key });
  script = (res) => res.writeHead(200, SSE).write(frame({ content: ANSWER }));
  const leaving = new AbortController();
  const response = await open(tenants, CHAT, { ...BODY, stream: true }, { key, signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  await tenants.idle();

  const { opsUrl } = tenants.gateway;
  const pages = await Promise.all(
    [
      '/metrics',
      '/readyz',
      '/demand',
      ...ids.map((id) => `/requests/${id}`),
      `/requests/${encodeURIComponent(key)}`,
    ].map(async (path) => [path, await (await fetch(`${opsUrl}${path}`)).text()] as const),
  );
  await eventually('the rows are in the ledger', async () => {
    const { body } = await control.ask('/admin/requests?tenant=marked&limit=100');
    return body.items.length >= 10;
  });
  const admin = await Promise.all(
    ['/admin/requests?tenant=marked&limit=100', ...ids.map((id) => `/admin/requests/${id}`)].map(
      async (path) => [path, JSON.stringify((await control.ask(path)).body)] as const,
    ),
  );
  const log = tenants.log.map((line) => ['log', line] as const);
  expect(log.filter(([, line]) => line.includes('"msg":"step"')).length).toBeGreaterThan(ids.length * 5);
  const secret = key.split('_').at(-2) ?? key;
  const told = [...log, ...pages, ...admin].filter(([, text]) =>
    [PROMPT, ANSWER, TOOL, HEADER, secret].some((mark) => text.includes(mark)),
  );
  expect(told).toEqual([]);
});
