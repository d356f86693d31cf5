// Workers fail; a request that has not begun to be answered goes to another one, one that has is ended honestly.
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimFault } from '#vllm-sim';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { chunksOf, StreamReader } from './harness/read-stream.ts';
import { DONE, frame, SSE, startScriptedWorker } from './harness/scripted-worker.ts';

const EAGER = { retryBudgetRatio: 1, retryBudgetMinPerSecond: 1_000 };
/** Only requests tell how a worker is, and no breaker hides it. */
const BLIND = { compareCounts: false, scrapeIntervalMs: 3_600_000, warmUpMs: 0, breakerFailures: 1_000 };
const pool = (sims: number) => [{ name: 'default', factor: 1, windowTokens: 1_024, sims }];

describe('before the first frame another worker answers, and the client notices nothing:', () => {
  let fleet: FleetUnderTest;
  beforeAll(async () => {
    fleet = await startFleetUnderTest({ pools: pool(2), settings: { relay: EAGER, workers: BLIND } });
  });
  afterAll(() => fleet.close());
  afterEach(() => {
    for (const sim of fleet.sims('default')) sim.heal();
  });

  const faults: readonly (readonly [string, boolean, SimFault])[] = [
    ['a 500 of a stream', true, { kind: 'status', status: 500 }],
    ['a 500', false, { kind: 'status', status: 500 }],
    ["a proxy's 502 page", true, { kind: 'status', status: 502, dialect: 'html' }],
    ['a 503 while loading', true, { kind: 'status', status: 503, message: 'Service Unavailable' }],
    ['a 503 of a full queue', true, { kind: 'queue-full' }],
    ['a 401 between us and the worker', true, { kind: 'status', status: 401, dialect: 'string' }],
    ['200 with abort and no tokens', false, { kind: 'abort-empty' }],
    ['200 with only [DONE]', true, { kind: 'done-only' }],
    ['a connection closed before the answer', true, { kind: 'cut' }],
    ['a reset before the answer', true, { kind: 'cut', reset: true }],
    ['a reset of what is not streamed', false, { kind: 'cut', afterTokens: 3, reset: true }],
  ];
  it.each(faults)('%s', async (_fault, stream, fault) => {
    fleet.sim('default', 0).inflict(fault);
    const before = fleet.asked().length;
    let answers = 0;
    // Turns come by every worker; one whose queue was full is passed over for a second.
    await eventually('the failing worker was asked', async () => {
      const answer = await ask(fleet, CHAT, chat(`Question ${answers++}`, { stream }));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('"finish_reason":"stop"');
      return fleet.asked().length - before > answers;
    });
    expect(fleet.asked().length - before).toBe(answers + 1);
    await fleet.idle();
  });
});

it('a port that refuses is passed over', async () => {
  const fleet = await startFleetUnderTest({ pools: pool(2), settings: { relay: EAGER, workers: BLIND } });
  fleet.sim('default', 0).inflict({ kind: 'refuse' });
  for (const content of ['one', 'two', 'three']) {
    expect((await ask(fleet, CHAT, chat(content))).status).toBe(200);
  }
  expect(fleet.sim('default', 1).seen.to(CHAT).length).toBe(3);
  await fleet.close();
});

describe('after the first frame a worker that', () => {
  it.each<readonly [string, (res: ServerResponse) => void]>([
    ['closes', (res) => res.destroy()],
    ['resets', (res) => res.socket?.resetAndDestroy()],
    ['ends without [DONE]', (res) => res.end()],
    ['reports an error', (res) => res.end(`data: {"error":{"message":"no","code":500}}\n\n${DONE}`)],
  ])('%s makes the stream end with an error event, and no other worker is asked', async (_how, fail) => {
    const answers: ServerResponse[] = [];
    const script = (res: ServerResponse): void => {
      answers.push(res.writeHead(200, SSE));
      res.write(frame({ role: 'assistant', content: '' }) + frame({ content: 'Hi' }));
    };
    const workers = await Promise.all([script, script].map((each) => startScriptedWorker(1_024, each)));
    const urls = workers.map(({ url }) => url);
    const fleet = await startFleetUnderTest({
      pools: [{ name: 'default', factor: 1, windowTokens: 1_024, urls }],
      settings: { relay: EAGER, workers: BLIND },
    });
    const reader = new StreamReader(await open(fleet, CHAT, chat('Hi', { stream: true })));
    const begun = [await reader.next(), await reader.next()].map((each) => each ?? '');
    expect(chunksOf(begun)[1]?.choices[0]?.delta.content).toBe('Hi');
    for (const answer of answers) fail(answer);
    const frames = await reader.rest();
    expect(chunksOf(frames).map(({ error }) => error?.code)).toEqual(['worker_failed']);
    expect(frames).not.toContain('data: [DONE]');
    expect(answers.length).toBe(1);
    await fleet.idle();
    await fleet.close();
    await Promise.all(workers.map((worker) => worker.close()));
  });
});

// As vLLM does it without --shutdown-timeout: its engine dies, and running answers stay open and silent.
it('a worker that gets SIGTERM and falls silent has its stream ended by us, and the next requests go elsewhere', async () => {
  const fleet = await startFleetUnderTest({
    pools: pool(2).map((each) => ({ ...each, sim: { engine: { stepMs: 20 } } })),
    settings: { relay: EAGER },
  });
  const body = { ...chat('Hi', { stream: true }), ignore_eos: true, max_tokens: 1_000 };
  const reader = new StreamReader(await open(fleet, CHAT, body));
  const begun = [await reader.nextData(), await reader.nextData()].map((each) => each ?? '');
  expect(chunksOf(begun)[1]?.choices[0]?.delta.reasoning).toMatch(/./);
  const [dying, other] = fleet
    .sims('default')
    .toSorted((a, b) => b.seen.to(CHAT).length - a.seen.to(CHAT).length);
  const terminated = dying?.terminate();
  const frames = await reader.rest();
  const errors = chunksOf(frames).flatMap(({ error }) => (error ? [error.code] : []));
  expect(errors).toEqual(['worker_failed']);
  expect(frames.at(-1)).toContain('"error"');
  expect(frames).not.toContain('data: [DONE]');
  for (const content of ['one', 'two', 'three'])
    expect((await ask(fleet, CHAT, chat(content, { max_tokens: 3 }))).status).toBe(200);
  expect([dying, other].map((sim) => sim?.seen.to(CHAT).length)).toEqual([1, 3]);
  // Whoever holds a stream of it open keeps the process: it goes because we have let go.
  await within('the worker is gone', terminated ?? Promise.reject(new Error('no worker was asked')));
  await fleet.idle();
  await fleet.close();
});

it('a stream of token ids that only says it was aborted goes to another worker', async () => {
  const fleet = await startFleetUnderTest({ pools: pool(2), settings: { relay: EAGER, workers: BLIND } });
  fleet.sim('default', 0).inflict({ kind: 'abort-empty' });
  let answers = 0;
  await eventually('the failing worker was asked', async () => {
    const body = { model: 'qwq-32b', prompt: [9707, answers++], max_tokens: 4, stream: true };
    const answer = await ask(fleet, '/v1/completions', body);
    expect(answer.text).toContain('"finish_reason":"length"');
    return fleet.asked().length > answers;
  });
  await fleet.close();
});

// Decision R4: what two workers died of may kill a third.
it('two workers that die holding a request are enough: it is not sent to a third', async () => {
  const fleet = await startFleetUnderTest({ pools: pool(3), settings: { relay: EAGER, workers: BLIND } });
  try {
    for (const sim of fleet.sims('default')) sim.inflict({ kind: 'cut', reset: true });
    expectFault(await ask(fleet, CHAT, chat('Hi', { stream: true })), 'worker_failed');
    expect(fleet.asked().length).toBe(2);
  } finally {
    await fleet.close();
  }
});

it.each([
  ['that are new', 0],
  ['that have carried others', 24],
])('so are two that are gone of it, on connections %s', async (_which, before) => {
  const died: string[] = [];
  let isDeadly = false;
  const answer = JSON.stringify({
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  });
  const start = async (name: string) => {
    const worker = await startScriptedWorker(1_024, (res) => {
      if (!isDeadly) {
        res.writeHead(200, { 'content-type': 'application/json' }).end(answer);
        return;
      }
      died.push(name);
      void worker.close();
    });
    return worker;
  };
  const workers = await Promise.all(['a', 'b', 'c', 'd'].map(start));
  const urls = workers.map(({ url }) => url);
  const fleet = await startFleetUnderTest({
    pools: [{ name: 'default', factor: 1, windowTokens: 1_024, urls }],
    settings: { relay: EAGER, workers: BLIND },
  });
  try {
    const others = Array.from({ length: before }, (_, nth) => ask(fleet, CHAT, chat(`Question ${nth}`)));
    for (const { status } of await Promise.all(others)) expect(status).toBe(200);
    isDeadly = true;
    expectFault(await ask(fleet, CHAT, chat('Hi', { stream: true })), 'worker_failed');
    expect(died).toHaveLength(2);
  } finally {
    await fleet.close();
    for (const worker of workers) await worker.close();
  }
});

it('asks at most two more workers', async () => {
  const fleet = await startFleetUnderTest({ pools: pool(4), settings: { relay: EAGER, workers: BLIND } });
  for (const sim of fleet.sims('default')) sim.inflict({ kind: 'queue-full' });
  expectFault(await ask(fleet, CHAT, chat()), 'no_capacity');
  expect(fleet.asked().length).toBe(3);
  await fleet.close();
});
