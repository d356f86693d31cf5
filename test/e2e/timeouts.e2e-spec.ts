// The time-outs of an answer, through the gateway as a process: short settings in its file, a worker that says only what
// the test says. How each time-out is counted is held in libs/relay; here, that it is wired.
import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CHAT, chat } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { build, GatewayProcess } from './harness/gateway-process.ts';
import { makeKey } from './harness/keys.ts';
import { framesOf } from './harness/read-stream.ts';
import { DONE, frame, SSE, startScriptedWorker } from './harness/scripted-worker.ts';

const WINDOW = 1_024;
const KEY = makeKey();
const PORT = { host: '127.0.0.1', port: 0 };
const ends: (() => Promise<void>)[] = [];
beforeAll(build);
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Changes = Readonly<Record<string, unknown>>;

function settings(workers: readonly string[], changes: Changes) {
  return {
    server: PORT,
    ops: PORT,
    tokenizer: { threads: 0 },
    workers: { compareCounts: false, scrapeIntervalMs: 100, warmUpMs: 0 },
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B', assumedOutputTokens: 256 }],
    pools: [
      {
        name: 'default',
        model: 'qwq-32b',
        rope: { type: 'default' },
        windowTokens: WINDOW,
        workers,
      },
    ],
    keys: [KEY.declaration],
    ...changes,
  };
}

async function start(
  script: (res: ServerResponse) => void,
  changes: Changes,
  workersOf = (url: string): readonly string[] => [url],
) {
  const worker = await startScriptedWorker(WINDOW, script);
  ends.push(() => worker.close());
  const gateway = new GatewayProcess(settings(workersOf(worker.url), changes));
  ends.push(() => gateway.close());
  const { url, ops } = await gateway.listening();
  await eventually('it is ready', async () => (await fetch(`${ops}/readyz`)).status === 200);
  const ask = (stream: boolean) =>
    fetch(`${url}${CHAT}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY.text}`, 'content-type': 'application/json' },
      body: JSON.stringify(chat('Hi', { stream })),
    });
  return { gateway, ask };
}

/** Resolves when the gateway has let go of the worker's answer. */
const letGo = (res: ServerResponse) => new Promise<void>((resolve) => res.once('close', resolve));

describe('silence', () => {
  it('after the first token ends the stream with an error event, and the worker is let go', async () => {
    const gone: Promise<void>[] = [];
    const { ask } = await start(
      (res) => {
        gone.push(letGo(res));
        res.writeHead(200, SSE).write(frame({ content: 'a' }));
      },
      { relay: { idleTimeoutMs: 200 } },
    );
    const frames = await within('the stream ends', ask(true).then(framesOf));
    expect(frames[0]).toContain('"content":"a"');
    expect(frames.at(-1)).toMatch(/^data: {"error":{.*"code":"worker_timeout"}}$/);
    expect(frames.join('\n')).not.toContain('[DONE]');
    await within('the worker is let go', Promise.all(gone));
    expect(gone).toHaveLength(1);
  });

  it('before the first token ends nothing', async () => {
    const { ask } = await start(
      (res) => {
        res.writeHead(200, SSE).flushHeaders();
        // Five times as long as silence is allowed later.
        setTimeout(() => res.end(frame({ content: 'a' }) + frame({}, 'stop') + DONE), 500);
      },
      { relay: { idleTimeoutMs: 100 } },
    );
    expect((await within('the stream ends', ask(true).then(framesOf))).at(-1)).toBe('data: [DONE]');
  });
});

describe('the total time', () => {
  it('ends a stream that never ends, tokens or not', async () => {
    const { ask } = await start(
      (res) => {
        res.writeHead(200, SSE);
        const timer = setInterval(() => res.write(frame({ content: 'a' })), 20);
        res.once('close', () => clearInterval(timer));
      },
      { relay: { totalTimeoutMs: 400 } },
    );
    const frames = await within('the stream ends', ask(true).then(framesOf));
    expect(frames.filter((each) => each.includes('"content":"a"')).length).toBeGreaterThan(0);
    expect(frames.at(-1)).toMatch(/^data: {"error":{.*"code":"worker_timeout"}}$/);
  });

  it('ends an answer that does not come with 504, and tries no other worker', async () => {
    let asked = 0;
    const { gateway, ask } = await start(() => void asked++, { relay: { totalTimeoutMs: 200, retries: 2 } });
    const answer = await within('it is answered', ask(false));
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ error: { code: 'worker_timeout' } });
    expect(asked).toBe(1);
    await eventually('it is logged', () => gateway.logged('not finished within 200 ms').length === 1);
  });

  it('is one for all workers tried', async () => {
    let asked = 0;
    const other = await startScriptedWorker(WINDOW, () => void asked++);
    ends.push(() => other.close());
    const relay = { firstTokenTimeoutMs: 2_000, totalTimeoutMs: 3_000, retries: 2 };
    const { gateway, ask } = await start(
      () => void asked++,
      { relay },
      (url) => [url, other.url],
    );
    const answer = await within('it is answered', ask(true));
    expect(answer.status).toBe(504);
    expect(asked).toBe(2);
    await eventually('it is logged', () => gateway.logged('not finished within 3000 ms').length === 1);
  });

  it('bounds the wait for room, too', async () => {
    const { ask } = await start(
      () => {},
      { relay: { totalTimeoutMs: 200 }, waiting: { maxWaitMs: 3_600_000 } },
      () => ['http://127.0.0.1:9'],
    );
    const answer = await within('it is answered', ask(false));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'pool_unavailable' } });
  });
});
