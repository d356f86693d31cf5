import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { type CompletionRequest, Fault, parseCompletion } from '#protocol';
import { type FleetSnapshot, StaticFleet } from '#workers';
import { aPoolDeclaration } from '../../../../libs/workers/testing/a-pool-declaration.ts';
import { countByWorker } from './count-by-worker.ts';
import { encodeByWorker } from './encode-by-worker.ts';
import { aModel } from './model-under-test.ts';

const never = new AbortController().signal;
const model = await aModel({ profile: null });
const opened: (Server | StaticFleet)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) {
    if ('closeAllConnections' in one) one.closeAllConnections();
    await one.close();
  }
});

interface Asked {
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A worker that is ready, and answers /tokenize as told; what it was asked for counts only. */
async function aWorker(answer: RequestListener, asked: Asked[] = []): Promise<string> {
  const server = createServer(async (req, res) => {
    if (req.url === '/v1/models')
      return res.end('{"object":"list","data":[{"id":"QwQ-32B","max_model_len":40960}]}');
    if (req.url !== '/tokenize') return res.end();
    let body = '';
    for await (const piece of req) body += piece;
    asked.push({ body, headers: req.headers });
    return answer(req, res);
  });
  opened.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function aFleet(urls: readonly string[], apiKey: string | null = null): Promise<StaticFleet> {
  const fleet = new StaticFleet({
    pools: [aPoolDeclaration({ workers: urls.map((url) => ({ url })), apiKey })],
  });
  opened.push(fleet);
  await fleet.firstLook(never);
  return fleet;
}

function parsed(kind: 'chat' | 'text', body: string): CompletionRequest {
  return parseCompletion(kind, Buffer.from(body), { maxAnswers: 8, allowedFields: new Set() });
}

const CHAT = parsed('chat', '{"messages":[{"role":"user","content":"hi"}],"temperature":0.1}');

async function refusal(counting: Promise<unknown>): Promise<Fault> {
  const error: unknown = await counting.then(
    () => new TypeError('it was counted'),
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error;
}

const heldBy = (snapshot: FleetSnapshot) =>
  snapshot.pools.flatMap(({ workers }) => workers).reduce((sum, { load }) => sum + load.requests, 0);

it('takes the count of the worker, and gives its place back', async () => {
  const fleet = await aFleet([await aWorker((_, res) => res.end('{"count":7,"tokens":[1]}'))]);
  expect(await countByWorker(CHAT, model, fleet, never)).toEqual([7]);
  expect(heldBy(fleet.snapshot())).toBe(0);
});

it('sends only the members that change the prompt, as they were spelled, under the worker key', async () => {
  const asked: Asked[] = [];
  const fleet = await aFleet([await aWorker((_, res) => res.end('{"count":7}'), asked)], 'worker-key');
  const tools = '[{"type":"function","function":{"name":"f","parameters":{"maximum":1.0}}}]';
  const body = `{"messages":[{"role":"user","content":"hi"}],"tools":${tools},"temperature":0.10}`;
  await countByWorker(parsed('chat', body), model, fleet, never);
  expect(asked[0]?.body).toBe(`{"messages":[{"role":"user","content":"hi"}],"tools":${tools}}`);
  expect(asked[0]?.headers.authorization).toBe('Bearer worker-key');
});

it.each([
  ['"documents":[{"text":"d"}]', '{"documents":[{"text":"d"}]}'],
  ['"documents":[{"text":"d"}],"chat_template_kwargs":{}', '{"documents":[{"text":"d"}]}'],
  [
    '"documents":[],"chat_template_kwargs":{ "documents":[1],"x":1.0 }',
    '{"documents":[1],"x":1.0,"documents":[]}',
  ],
  ['"documents":null,"chat_template_kwargs":{"x":1}', '{"x":1}'],
])('hands %s to the template as the worker does for a chat', async (members, expected) => {
  const asked: Asked[] = [];
  const fleet = await aFleet([await aWorker((_, res) => res.end('{"count":7}'), asked)]);
  const messages = '"messages":[{"role":"user","content":"hi"}]';
  await countByWorker(parsed('chat', `{${messages},${members}}`), model, fleet, never);
  expect(asked[0]?.body).toBe(`{${messages},"chat_template_kwargs":${expected}}`);
});

it('counts each text of a batch, and token ids by itself', async () => {
  const asked: Asked[] = [];
  const fleet = await aFleet([await aWorker((_, res) => res.end('{"count":5}'), asked)]);
  const batch = parsed('text', '{"prompt":["one",[1,2,3],"two"]}');
  expect(await countByWorker(batch, model, fleet, never)).toEqual([5, 3, 5]);
  expect(asked.map(({ body }) => body).sort()).toEqual(['{"prompt":"one"}', '{"prompt":"two"}']);
});

it('asks the next worker when one fails or talks nonsense', async () => {
  let turn = 0;
  const answer: RequestListener = (_, res) => {
    turn += 1;
    if (turn === 1) res.destroy();
    else if (turn === 2) res.end('nonsense');
    else res.end('{"count":7}');
  };
  const urls = [await aWorker(answer), await aWorker(answer), await aWorker(answer)];
  expect(await countByWorker(CHAT, model, await aFleet(urls), never)).toEqual([7]);
});

it('hands the refusal of a worker to the caller and asks nobody else', async () => {
  let asked = 0;
  const answer: RequestListener = (_, res) => {
    asked += 1;
    res.writeHead(400).end('{"error":{"message":"no such role"}}');
  };
  const fleet = await aFleet([await aWorker(answer), await aWorker(answer)]);
  const fault = await refusal(countByWorker(CHAT, model, fleet, never));
  expect(fault).toMatchObject({ code: 'invalid_request', status: 400 });
  expect(fault.message).toContain('no such role');
  expect(asked).toBe(1);
});

it('says that nobody could count, and when to come again', async () => {
  const fleet = await aFleet([await aWorker((_, res) => res.writeHead(404).end())]);
  const fault = await refusal(countByWorker(CHAT, model, fleet, never));
  expect(fault).toMatchObject({ code: 'counting_failed', retryAfterMs: 1_000 });
  expect(await refusal(countByWorker(CHAT, model, await aFleet([]), never))).toMatchObject({
    code: 'counting_failed',
  });
});

it('ends with the fault of a caller that leaves, and gives the place back', async () => {
  const left = new AbortController();
  const fleet = await aFleet([await aWorker(() => left.abort(new Fault('client_closed')))]);
  const fault = await refusal(countByWorker(CHAT, model, fleet, left.signal));
  expect([fault.code, heldBy(fleet.snapshot())]).toEqual(['client_closed', 0]);
});

it('takes the tokens of the worker, and asks for their strings only when they are wanted', async () => {
  const asked: Asked[] = [];
  const answer = '{"count":2,"tokens":[3,4],"token_strs":["a","b"]}';
  const fleet = await aFleet([await aWorker((_, res) => res.end(answer), asked)]);
  const asking = { model, fleet, signal: never };
  expect(await encodeByWorker(CHAT, true, asking)).toEqual({ tokens: [3, 4], strings: ['a', 'b'] });
  expect(await encodeByWorker(CHAT, false, asking)).toEqual({ tokens: [3, 4], strings: null });
  const members = '"messages":[{"role":"user","content":"hi"}]';
  expect(asked.map(({ body }) => body)).toEqual([`{${members},"return_token_strs":true}`, `{${members}}`]);
});

it.each([
  ['tokens', false, 'return_tokens', '{"count":2,"tokens":null}'],
  ['strings', true, 'return_token_strs', '{"count":2,"tokens":[3,4],"token_strs":null}'],
])('says that the worker tells no %s, by the member that asked', async (_, withStrings, param, told) => {
  const fleet = await aFleet([await aWorker((_req, res) => res.end(told))]);
  const fault = await refusal(encodeByWorker(CHAT, withStrings, { model, fleet, signal: never }));
  expect(fault).toMatchObject({ code: 'invalid_request', param });
  expect(fault.message).toContain('A worker counts for this model');
});
