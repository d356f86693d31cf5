// A stream reaches its reader as the worker sends it: at once, whole, under the names every client knows.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { chunksOf, framesOf, StreamReader } from './harness/read-stream.ts';
import { DONE, frame, SSE, startScriptedWorker } from './harness/scripted-worker.ts';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({ pools: ONE_POOL, settings: { relay: { heartbeatMs: 50 } } });
});
afterAll(() => fleet.close());
afterEach(async () => {
  fleet.sim('default').heal();
  await fleet.idle();
});

const STREAM = chat('Which is larger, 9.9 or 9.11?', { stream: true });
const stream = async (members: Readonly<Record<string, unknown>> = {}): Promise<string[]> =>
  framesOf(await open(fleet, CHAT, { ...STREAM, ...members }));

it('gives the first token while the worker has not made the second', async () => {
  fleet.sim('default').inflict({ kind: 'stall', afterTokens: 1 });
  const reader = new StreamReader(await open(fleet, CHAT, STREAM));
  const [first, second] = [await reader.nextData(), await reader.nextData()];
  await reader.leave();
  expect(chunksOf([first ?? ''])[0]?.choices[0]?.delta.role).toBe('assistant');
  expect(chunksOf([second ?? ''])[0]?.choices[0]?.delta.reasoning).toMatch(/./);
});

it('forbids proxies to hold or change it', async () => {
  const { headers } = await ask(fleet, CHAT, STREAM);
  expect(headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(headers.get('x-accel-buffering')).toBe('no');
});

it('tells thinking under both names, the same text in each', async () => {
  const deltas = chunksOf(await stream()).map(({ choices }) => choices[0]?.delta ?? {});
  const thinking = deltas.filter(({ reasoning }) => reasoning);
  expect(thinking.length).toBeGreaterThan(1);
  for (const { reasoning, reasoning_content } of thinking) expect(reasoning_content).toBe(reasoning);
});

describe('serves the loop of the sample the model was published with', () => {
  const loop = (frames: readonly string[]) => {
    let thinking = '';
    let content = '';
    for (const { choices } of chunksOf(frames)) {
      const delta = choices[0]?.delta;
      if (delta === undefined) continue;
      if ('reasoning_content' in delta && delta.reasoning_content !== null)
        thinking += delta.reasoning_content;
      // Python's `content += delta.content` dies of None; JavaScript would write "undefined" or "null".
      else content += delta.content;
    }
    return { thinking, content };
  };

  it('on thinking and an answer', async () => {
    const { thinking, content } = loop(await stream());
    expect(thinking).toMatch(/\w/);
    expect(content).toMatch(/\w/);
    expect(thinking + content).not.toMatch(/undefined|null/);
  });

  it.each([
    ['named', { type: 'function', function: { name: 'weather' } }],
    ['required', 'required'],
  ])('on a tool call that is %s', async (_how, tool_choice) => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    const frames = await stream({ tools, tool_choice });
    expect(frames.join('')).toContain('"tool_calls"');
    const { thinking, content } = loop(frames);
    expect(thinking + content).not.toMatch(/undefined|null/);
  });

  it('on thinking that is hidden', async () => {
    const frames = await stream({ include_reasoning: false });
    expect(loop(frames).content).toMatch(/\w/);
    expect(loop(frames).content).not.toMatch(/undefined|null/);
  });
});

describe('usage', () => {
  const withUsage = (frames: readonly string[]) => chunksOf(frames).filter(({ usage }) => usage);

  it('is asked of the worker and hidden from who did not ask', async () => {
    const frames = await stream();
    expect(JSON.parse(fleet.asked().at(-1)?.body ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    });
    expect(withUsage(frames)).toEqual([]);
    expect(chunksOf(frames).filter(({ choices }) => choices.length === 0)).toEqual([]);
    expect(frames.at(-1)).toBe('data: [DONE]');
  });

  it('comes as the last chunk to who asked', async () => {
    const frames = await stream({ stream_options: { include_usage: true } });
    const [last, ...others] = withUsage(frames);
    expect(others).toEqual([]);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.prompt_tokens).toBe(fleetPromptTokens);
    expect(frames.at(-2)).toContain('"usage"');
  });
  /** As the gateway counts STREAM: the template's ten and the question's fifteen. */
  const fleetPromptTokens = 25;
});

describe('while a stream waits for its first token', () => {
  it('comments keep its line open, and the answer follows', async () => {
    fleet.sim('default').inflict({ kind: 'freeze' });
    const reader = new StreamReader(await open(fleet, CHAT, STREAM));
    expect(await reader.next()).toBe(': keep-alive');
    expect(await reader.next()).toBe(': keep-alive');
    fleet.sim('default').heal();
    const frames = await reader.rest();
    expect(chunksOf(frames).length).toBeGreaterThan(3);
    expect(frames.at(-1)).toBe('data: [DONE]');
  });

  it('a fault after the first comment is an event, without a polite end', async () => {
    fleet.sim('default').inflict({ kind: 'freeze' });
    const response = await open(fleet, CHAT, STREAM);
    const reader = new StreamReader(response);
    expect(await reader.next()).toBe(': keep-alive');
    fleet.sim('default').inflict({ kind: 'engine-death' });
    const frames = (await reader.rest()).filter((each) => each !== ': keep-alive');
    expect(response.status).toBe(200);
    expect(chunksOf(frames).map(({ error }) => error?.code)).toEqual(['worker_failed']);
    expect(frames).not.toContain('data: [DONE]');
  });
});

it('holds the worker back while its reader is slow, and loses nothing', async () => {
  const PIECES = 512;
  const piece = frame({ content: 'x'.repeat(64 * 1024) });
  let written = 0;
  const worker = await startScriptedWorker(1_024, (res) => {
    res.writeHead(200, SSE);
    res.write(frame({ role: 'assistant', content: '' }));
    const writeOn = (): void => {
      let hasRoom = true;
      for (; hasRoom && written < PIECES; written++) hasRoom = res.write(piece);
      if (written < PIECES) res.once('drain', writeOn);
      else res.end(frame({}, 'stop') + DONE);
    };
    writeOn();
  });
  const slow = await startFleetUnderTest({
    pools: [{ name: 'default', factor: 1, windowTokens: 1_024, urls: [worker.url] }],
  });
  const reader = new StreamReader(await open(slow, CHAT, STREAM));
  await reader.next();
  // It stands still once the buffers between are full: looked at until two looks in a row agree.
  let seen = -1;
  await eventually('the worker is held back', async () => {
    const before = seen;
    seen = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return before === written;
  });
  expect(written).toBeLessThan(PIECES);
  const frames = await reader.rest();
  expect(frames.filter((each) => each.includes('xxxx')).length).toBe(PIECES);
  expect(frames.at(-1)).toBe('data: [DONE]');
  await slow.idle();
  await slow.close();
  await worker.close();
});
