import { afterEach, describe, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim, type VllmSimOptions } from './index.ts';

let sims: VllmSim[] = [];
afterEach(async () => {
  await Promise.all(sims.map((sim) => sim.close()));
  sims = [];
});

async function start(options: VllmSimOptions = {}): Promise<VllmSim> {
  const sim = await startVllmSim({ ...options, engine: { stepMs: 1 } });
  sims.push(sim);
  return sim;
}

const hello = { messages: [{ role: 'user', content: 'Hello' }], stream: true };
const endless = { ...hello, ignore_eos: true, max_tokens: 40_000 };
const headers = { 'content-type': 'application/json' };

function ask(sim: VllmSim, body: object = hello, path = '/v1/chat/completions'): Promise<Response> {
  return fetch(sim.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves to true once a new connection is refused. */
async function refuses(sim: VllmSim): Promise<boolean> {
  for (;;) {
    const answer = await fetch(`${sim.url}/health`).catch(() => null);
    if (answer === null) return true;
    await answer.text();
  }
}

describe('requests', () => {
  it('meet a fault once, or as often as asked, and then none', async () => {
    const sim = await start();
    sim.inflict({ kind: 'status', status: 500 }, { kind: 'queue-full', count: 2 });
    const statuses: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const answer = await ask(sim);
      statuses.push(answer.status);
      await answer.text();
    }
    expect(statuses).toEqual([500, 503, 503, 200]);
  });

  it.each([
    ['python', { error: { message: 'no', type: 'InternalServerError', param: null, code: 502 } }],
    ['string', { error: 'no' }],
    ['detail', { detail: 'no' }],
    ['rust', { error: { message: 'no', type: 'server_error', param: null, code: 'server_error' } }],
  ] as const)('are refused in the dialect %s', async (dialect, body) => {
    const sim = await start();
    sim.inflict({ kind: 'status', status: 502, dialect, message: 'no' });
    expect(await (await ask(sim)).json()).toEqual(body);
  });

  it('are cut after so many tokens', async () => {
    const sim = await start();
    sim.inflict({ kind: 'cut', afterTokens: 2 });
    await expect((await ask(sim)).text()).rejects.toThrow();
  });

  it('get an error event after so many tokens, then [DONE]', async () => {
    const sim = await start();
    sim.inflict({ kind: 'error-event', afterTokens: 2 });
    const frames = (await (await ask(sim)).text()).split('\n\n');
    expect(frames.length).toBe(6);
    expect(frames[3]).toContain('"type":"InternalServerError"');
    expect(frames[4]).toBe('data: [DONE]');
  });

  it('stall: their answer never comes, and is given up with the client', async () => {
    const sim = await start();
    sim.inflict({ kind: 'stall' });
    const leave = new AbortController();
    const init = { method: 'POST', headers, body: JSON.stringify(endless), signal: leave.signal };
    const answer = fetch(`${sim.url}/v1/chat/completions`, init).then(
      () => 'answered',
      () => 'left',
    );
    await until(() => sim.engine.runningCount === 1);
    leave.abort();
    expect(await answer).toBe('left');
    await until(() => sim.engine.runningCount === 0);
  });

  it('end empty as during a shutdown', async () => {
    const sim = await start();
    sim.inflict({ kind: 'abort-empty' }, { kind: 'done-only' });
    const aborted = await (await ask(sim, { ...hello, stream: false })).json();
    expect(aborted).toMatchObject({ choices: [{ finish_reason: 'abort' }], usage: { completion_tokens: 0 } });
    expect(await (await ask(sim)).text()).toBe('data: [DONE]\n\n');
  });
});

describe('servers', () => {
  it('fail and heal from outside', async () => {
    const sim = await start();
    const inflict = (fault: object) => ask(sim, fault, '/sim/faults').then((answer) => answer.status);
    expect(await inflict({ kind: 'unhealthy' })).toBe(200);
    expect(await inflict({ kind: 'wrong-window', windowTokens: 1_000 })).toBe(200);
    expect(await inflict({ kind: 'nonsense' })).toBe(400);
    expect((await fetch(`${sim.url}/health`)).status).toBe(503);
    expect(await (await fetch(`${sim.url}/v1/models`)).text()).toContain('"max_model_len":1000');
    await fetch(`${sim.url}/sim/faults`, { method: 'DELETE' });
    expect((await fetch(`${sim.url}/health`)).status).toBe(200);
  });

  it('count otherwise with the wrong tokenizer', async () => {
    const sim = await start();
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const count = async () =>
      JSON.parse(await (await ask(sim, { messages: [{ role: 'user', content: parts }] }, '/tokenize')).text())
        .count;
    const right = await count();
    sim.inflict({ kind: 'wrong-tokenizer' });
    expect([right, await count()]).toEqual([13, 11]);
  });

  it('refuse until they have loaded', async () => {
    const sim = await start({ startupDelayMs: 300 });
    await expect(fetch(`${sim.url}/health`)).rejects.toThrow();
    for (;;) if ((await fetch(`${sim.url}/health`).catch(() => null))?.status === 200) break;
  });

  it('whose engine dies end every stream with an error event and soon refuse', async () => {
    const sim = await start();
    const stream = await ask(sim, endless);
    await until(() => sim.engine.runningCount === 1);
    sim.inflict({ kind: 'engine-death' });
    expect(await stream.text()).toMatch(/data: \{"error":.*\n\ndata: \[DONE\]\n\n$/);
    expect(await refuses(sim)).toBe(true);
  });

  it('killed reset their streams', async () => {
    const sim = await start();
    const stream = await ask(sim, endless);
    sim.kill();
    await expect(stream.text()).rejects.toThrow();
  });
});

describe('SIGTERM', () => {
  it('without a time-out leaves running streams open and silent while the port refuses', async () => {
    const sim = await start();
    const stream = await ask(sim, endless);
    const ended = stream.text().then(
      () => 'ended',
      () => 'broken',
    );
    void sim.terminate();
    expect((await ask(sim)).status).toBe(500);
    expect(await refuses(sim)).toBe(true);
    const silent = new Promise((resolve) => setTimeout(() => resolve('open'), 100));
    expect(await Promise.race([ended, silent])).toBe('open');
  });

  it('with a time-out lets running streams finish, and refuses new work in mixed ways', async () => {
    const sim = await start({ shutdownTimeoutMs: 30_000 });
    const stream = await ask(sim, { ...endless, max_tokens: 300 });
    await until(() => sim.engine.runningCount === 1);
    const gone = sim.terminate();
    const text = await ask(sim);
    expect([text.status, await text.text()]).toEqual([
      500,
      expect.stringContaining('cannot schedule new futures'),
    ]);
    const ids = { prompt: [9707], max_tokens: 2 };
    expect(await (await ask(sim, ids, '/v1/completions')).json()).toMatchObject({
      choices: [{ finish_reason: 'abort' }],
      usage: { completion_tokens: 0 },
    });
    expect(await (await ask(sim, { ...ids, stream: true }, '/v1/completions')).text()).toBe(
      'data: [DONE]\n\n',
    );
    expect((await fetch(`${sim.url}/health`)).status).toBe(200);
    expect(await stream.text()).toContain('data: [DONE]');
    await gone;
  });
});
