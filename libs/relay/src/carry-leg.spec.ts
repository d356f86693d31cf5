import { afterEach, describe, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { canBeWithoutDescriptors, withoutDescriptors } from '../../../test/servers/without-descriptors.ts';
import { Front, type LegPart, RawClient } from '../spec/front.ts';
import { recorded } from '../spec/recorded-answers.ts';
import {
  type Asked,
  DONE,
  delta,
  httpChunk,
  LAST_CHUNK,
  ScriptedWorker,
  SSE_HEAD,
  whole,
} from '../spec/scripted-worker.ts';
import type { RelayOptions } from './leg.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function scene(
  script: (asked: Asked) => void,
  part: Partial<LegPart> = {},
  options: Partial<RelayOptions> = {},
) {
  const worker = await ScriptedWorker.start(script);
  const front = await Front.start(async (self, answer) => {
    if (part.shape?.stream !== false) answer.startHeartbeats();
    const outcome = await self.carry(answer, { endpoint: worker.endpoint, ...part });
    if ('fault' in outcome) answer.fail(outcome.fault);
  }, options);
  stops.push(
    () => worker.stop(),
    () => front.stop(),
  );
  return { worker, front, client: new RawClient(front.port) };
}

const stream = (...frames: string[]) => SSE_HEAD + frames.map(httpChunk).join('');
const ended = (text: string) => text.endsWith(LAST_CHUNK);

describe('a stream', () => {
  it('reaches the client frame by frame, the first before the worker sends more', async () => {
    const { worker, front, client } = await scene(({ socket }) =>
      socket.write(stream(delta({ reasoning: 'a' }))),
    );
    client.post();
    await client.until((text) => text.includes('"reasoning_content":"a"'));
    const [asked] = worker.asked;
    asked?.socket.write(httpChunk(delta({}, 'stop')) + httpChunk(DONE) + LAST_CHUNK);
    await client.until(ended);
    expect(client.body.endsWith(DONE)).toBe(true);
    expect(await front.legs(1)).toEqual([{ kind: 'finished', usage: null, finishReason: 'stop' }]);
    expect(client.text).toMatch(/cache-control: no-cache, no-transform\r\n/);
    expect(client.text).toMatch(/x-accel-buffering: no\r\n/);
  });

  it('sends the worker our own headers and the body as it is', async () => {
    const { worker, client } = await scene(({ socket }) =>
      socket.write(stream(delta({ content: 'a' }), DONE) + LAST_CHUNK),
    );
    await client.post('authorization: Bearer secret\r\nx-vllm-priority: 1\r\n').until(ended);
    expect(worker.asked[0]?.head.split('\r\n').slice(2).sort()).toEqual([
      'authorization: Bearer worker-key',
      'content-length: 15',
      'content-type: application/json',
      'x-request-id: req-1',
    ]);
    expect(worker.asked[0]?.body).toBe('{"stream":true}');
  });

  it('tells the first token and every token, and gives usage it hides from the client', async () => {
    const told: string[] = [];
    const events = { firstToken: () => told.push('first'), progress: (n: number) => told.push(String(n)) };
    const { front, client } = await scene(
      ({ socket }) =>
        socket.write(stream(...recorded('a/stream_usage').body.split(/(?<=\n\n)/)) + LAST_CHUNK),
      { events },
    );
    await client.post().until(ended);
    expect(client.text).not.toContain('"usage"');
    const usage = { promptTokens: 11, completionTokens: 20, cachedTokens: 0, reasoningTokens: 14 };
    expect(await front.legs(1)).toEqual([{ kind: 'finished', usage, finishReason: 'stop' }]);
    expect(told[0]).toBe('first');
    expect(told.slice(1).reduce((sum, n) => sum + Number(n), 0)).toBe(18);
  });

  it('keeps both connections for the next request', async () => {
    const { worker, client } = await scene(({ socket }) =>
      socket.write(stream(delta({ content: 'a' }), DONE) + LAST_CHUNK),
    );
    await client.post().until(ended);
    client.text = '';
    await client.post().until(ended);
    expect(worker.asked.map(({ nth }) => nth)).toEqual([0, 1]);
  });

  it('ends for the client at [DONE], though the last chunk comes later', async () => {
    const { worker, client } = await scene(({ socket }) =>
      socket.write(stream(delta({ content: 'a' }), DONE)),
    );
    await client.post().until(ended);
    worker.asked[0]?.socket.write(LAST_CHUNK);
    client.text = '';
    worker.rescript(({ socket }) => socket.write(stream(delta({ content: 'b' }), DONE) + LAST_CHUNK));
    await client.post().until(ended);
    expect(client.body).toContain('"b"');
  });
});

describe('before the first frame', () => {
  const drained = recorded('a/chat_basic').body;
  it.each<[string, string, string, string]>([
    [
      '500 while it shuts down',
      whole(500, '{"error":{"message":"cannot schedule new futures after shutdown"}}'),
      'failed',
      'worker_failed',
    ],
    ['503 queue full', whole(503, recorded('c/queue_cap_reqs').body), 'queue-full', 'no_capacity'],
    [
      '503 while it scales',
      whole(503, '{"error":"The model is currently scaling. Please try again later."}'),
      'queue-full',
      'no_capacity',
    ],
    ['401 for our own key', whole(401, '{"error":"Unauthorized"}'), 'failed', 'worker_failed'],
    ['a stream of nothing but [DONE]', stream(DONE) + LAST_CHUNK, 'failed', 'worker_failed'],
    [
      'a first chunk that is an abort',
      stream(delta({}, 'abort'), DONE) + LAST_CHUNK,
      'failed',
      'worker_failed',
    ],
    [
      'a first frame that is an error',
      stream('data: {"error":{"message":"x","code":500}}\n\n', DONE) + LAST_CHUNK,
      'failed',
      'worker_failed',
    ],
    ['an end without a frame', stream(': keep-alive\n\n') + LAST_CHUNK, 'failed', 'worker_failed'],
    ['JSON where a stream was asked', whole(200, drained), 'failed', 'worker_failed'],
    [
      'both lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'failed',
      'worker_failed',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`, 'failed', 'worker_failed'],
    [
      'a redirect',
      'HTTP/1.1 307 X\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n',
      'failed',
      'worker_failed',
    ],
  ])('%s is a retry', async (_what, bytes, lease, code) => {
    const { front, client } = await scene(({ socket }) => socket.write(bytes));
    client.post();
    const [outcome] = await front.legs(1);
    expect(outcome).toMatchObject({ kind: 'retry', lease, fault: { code } });
    // The log has it from there.
    expect(outcome).toHaveProperty('fault.cause', expect.anything());
    await client.until((text) => text.includes(`"code":"${code}"`));
    expect(client.text).not.toContain('text/event-stream');
  });

  it('a reset, a close and a refused connection are retries', async () => {
    const { worker, front, client } = await scene(({ socket, sequence }) =>
      sequence === 0 ? socket.resetAndDestroy() : socket.end(SSE_HEAD),
    );
    client.post();
    await front.legs(1);
    client.post();
    await front.legs(2);
    const { endpoint } = worker;
    await worker.stop();
    client.post();
    expect(endpoint.port).toBeGreaterThan(0);
    expect(await front.legs(3)).toMatchObject([
      { kind: 'retry', lease: 'failed', fault: { code: 'worker_failed' } },
      { kind: 'retry', lease: 'failed', fault: { code: 'worker_failed' } },
      { kind: 'retry', lease: 'failed', fault: { code: 'worker_unreachable' } },
    ]);
  });

  const onLinux = canBeWithoutDescriptors ? it : it.skip;
  onLinux('does not blame the worker where the gateway has no file descriptor for a connection', async () => {
    const { front, client } = await scene(({ socket }) => socket.destroy());
    client.post();
    await front.legs(1);
    await withoutDescriptors(async () => {
      client.post();
      const [, leg] = await front.legs(2);
      expect(leg).toMatchObject({ kind: 'retry', lease: 'cancelled', fault: { code: 'worker_unreachable' } });
    });
  });

  it('heartbeats, then a retry, then success make one whole answer', async () => {
    const silent = await ScriptedWorker.start(() => {});
    const good = await ScriptedWorker.start(({ socket }) =>
      socket.write(stream(delta({ content: 'a' }), DONE) + LAST_CHUNK),
    );
    const front = await Front.start(
      async (self, answer) => {
        answer.headers['x-request-id'] = 'r';
        answer.startHeartbeats();
        await self.carry(answer, { endpoint: silent.endpoint });
        await self.carry(answer, { endpoint: good.endpoint });
      },
      { heartbeatMs: 1 },
    );
    stops.push(
      () => silent.stop(),
      () => good.stop(),
      () => front.stop(),
    );
    const client = new RawClient(front.port);
    await client.post().until((text) => text.split(': keep-alive\n\n').length > 2);
    expect(client.text).toMatch(/^HTTP\/1.1 200 OK\r\nx-request-id: r\r\ncontent-type: text\/event-stream/);
    silent.asked[0]?.socket.destroy();
    await client.until(ended);
    expect(client.body.replaceAll(': keep-alive\n\n', '')).toBe(delta({ content: 'a' }) + DONE);
    expect(front.outcomes.map(({ kind }) => kind)).toEqual(['retry', 'finished']);
  });

  it('a fault after heartbeats is an event of the stream', async () => {
    const { worker, client } = await scene(() => {}, {}, { heartbeatMs: 1 });
    await client.post().until((text) => text.includes(': keep-alive'));
    worker.asked[0]?.socket.destroy();
    await client.until(ended);
    expect(client.body).toMatch(
      /data: {"error":{"message":".*","type":"server_error","param":null,"code":"worker_failed"}}\n\n$/,
    );
  });
});

describe('after the first frame', () => {
  it.each([
    ['dies', (socket: Asked['socket']) => socket.resetAndDestroy()],
    ['closes cleanly without [DONE]', (socket: Asked['socket']) => socket.write(LAST_CHUNK)],
    [
      'says that its engine died',
      (socket: Asked['socket']) =>
        socket.write(
          httpChunk('data: {"error":{"message":"x","code":500}}\n\n') + httpChunk(DONE) + LAST_CHUNK,
        ),
    ],
    [
      'aborts',
      (socket: Asked['socket']) => socket.write(httpChunk(delta({}, 'abort')) + httpChunk(DONE) + LAST_CHUNK),
    ],
    ['breaks the chunking', (socket: Asked['socket']) => socket.write('zz\r\n')],
  ])('a worker that %s breaks the answer with an error event and no [DONE]', async (_how, end) => {
    const { worker, front, client } = await scene(({ socket }) =>
      socket.write(stream(delta({ content: 'a' }))),
    );
    await client.post().until((text) => text.includes('"content":"a"'));
    if (worker.asked[0]) end(worker.asked[0].socket);
    await client.until(ended);
    expect(await front.legs(1)).toMatchObject([
      { kind: 'broken', lease: 'failed', fault: { code: 'worker_failed', cause: expect.anything() } },
    ]);
    expect(client.body).toMatch(/^data: {"id".*}\n\ndata: {"error":{.*"code":"worker_failed"}}\n\n$/s);
    expect(client.body).not.toContain('[DONE]');
  });

  it('silence is ended by the idle time-out; before a token it is not', async () => {
    const { front, client } = await scene(
      ({ socket, sequence }) => {
        socket.write(stream(delta({ role: 'assistant', content: '' })));
        if (sequence === 0) socket.write(httpChunk(delta({ content: 'a' })));
      },
      {},
      { idleTimeoutMs: 1, totalTimeoutMs: 1500 },
    );
    client.post();
    expect(await front.legs(1)).toMatchObject([
      {
        kind: 'broken',
        lease: 'timed-out',
        fault: { code: 'worker_timeout' },
        why: expect.stringContaining('silent'),
      },
    ]);
    await client.until(ended);
    client.post();
    expect((await front.legs(2))[1]).toMatchObject({
      kind: 'broken',
      why: expect.stringContaining('not finished'),
    });
  });
});

describe('time-outs', () => {
  it('count the whole answer, over all its legs', async () => {
    const silent = await ScriptedWorker.start(() => {});
    const front = await Front.start(
      async (self, answer) => {
        const leg = () => self.carry(answer, { endpoint: silent.endpoint });
        await leg();
        await leg();
        answer.fail(new Fault('worker_timeout'));
      },
      { firstTokenTimeoutMs: 500, totalTimeoutMs: 700 },
    );
    stops.push(
      () => silent.stop(),
      () => front.stop(),
    );
    await new RawClient(front.port).post().until((text) => text.includes('504'));
    expect(front.outcomes).toMatchObject([
      { kind: 'retry', lease: 'timed-out' },
      {
        kind: 'rejected',
        lease: 'timed-out',
        fault: { code: 'worker_timeout', cause: expect.stringContaining('700 ms') },
      },
    ]);
  });

  it('say nothing against a worker that was answering when no time was left', async () => {
    const { front, client } = await scene(
      ({ socket }) => {
        socket.write(stream(delta({ content: 'a' })));
        const timer = setInterval(() => socket.write(httpChunk(delta({ content: 'a' }))), 20);
        socket.on('close', () => clearInterval(timer));
      },
      {},
      { totalTimeoutMs: 300 },
    );
    await client.post().until(ended);
    expect(await front.legs(1)).toMatchObject([
      { kind: 'broken', lease: 'cancelled', fault: { code: 'worker_timeout' } },
    ]);
  });

  it('no first token in time is a retry; no time left at all is not', async () => {
    const first = await scene(() => {}, {}, { firstTokenTimeoutMs: 1 });
    first.client.post();
    expect(await first.front.legs(1)).toMatchObject([
      { kind: 'retry', lease: 'timed-out', fault: { code: 'worker_timeout' } },
    ]);
    const total = await scene(() => {}, {}, { totalTimeoutMs: 1 });
    total.client.post();
    expect(await total.front.legs(1)).toMatchObject([
      { kind: 'rejected', fault: { code: 'worker_timeout' } },
    ]);
    await total.client.until((text) => text.includes('504'));
  });
});

describe('a client that leaves', () => {
  it.each([
    ['while the stream runs', true, stream(delta({ content: 'a' }))],
    ['while the prompt is computed', true, ''],
    ['while an unstreamed answer is computed', false, ''],
  ])('%s closes the connection to the worker', async (_when, isStream, bytes) => {
    const { worker, front, client } = await scene(({ socket }) => socket.write(bytes || ''), {
      shape: { stream: isStream },
    });
    const gone = new Promise<void>((resolve) =>
      worker.rescript(({ socket }) => void socket.on('close', resolve).write(bytes)),
    );
    client.post();
    if (bytes) await client.until((text) => text.includes('data:'));
    else while (worker.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.socket.destroy();
    await gone;
    expect(await front.legs(1)).toEqual([{ kind: 'client-closed', usage: null }]);
    expect(front.answers[0]?.left.aborted).toBe(true);
    expect(front.client.sockets).toBe(0);
  });

  it('by half-closing counts as left, as vLLM has it', async () => {
    const { front, client } = await scene(({ socket }) => socket.write(stream(delta({ content: 'a' }))));
    await client.post().until((text) => text.includes('data:'));
    client.socket.end();
    expect(await front.legs(1)).toEqual([{ kind: 'client-closed', usage: null }]);
  });
});

describe('frames that come in one read with what breaks the answer', () => {
  // Framed as the start of a chunk is, whose size is none.
  const BROKEN_CHUNK = 'ZZ\r\n';

  it('reach their own client, and never another one', async () => {
    const { front, client } = await scene(({ socket, sequence }) => {
      if (sequence === 0) socket.write(stream(delta({ content: 'of the first' })) + BROKEN_CHUNK);
      else socket.write(stream(delta({ content: 'of the second' }), DONE) + LAST_CHUNK);
    });
    await client.post().until(ended);
    expect(client.body).toContain('of the first');
    client.text = '';
    await client.post().until(ended);
    expect(client.body).toContain('of the second');
    expect(client.body).not.toContain('of the first');
    expect(await front.legs(2)).toMatchObject([
      { kind: 'broken', fault: { code: 'worker_failed' } },
      { kind: 'finished' },
    ]);
  });

  it('end as the worker ended them, though the tokens that were told last used up a budget', async () => {
    const abort = new AbortController();
    const told: number[] = [];
    const { worker, front, client } = await scene(
      ({ socket }) => socket.write(stream(delta({ content: 'a' }))),
      {
        signal: abort.signal,
        shape: { mayRunOut: true },
        events: {
          firstToken() {},
          progress: (tokens) => {
            told.push(tokens);
            if (told.length === 2) abort.abort(new Fault('insufficient_quota'));
          },
        },
      },
    );
    await client.post().until((text) => text.includes('"a"'));
    worker.asked[0]?.socket.write(httpChunk(delta({ content: 'b' })) + BROKEN_CHUNK);
    await client.until(ended);
    expect(told).toEqual([1, 1]);
    expect(client.body).not.toContain('"length"');
    expect(await front.legs(1)).toMatchObject([{ kind: 'broken', fault: { code: 'worker_failed' } }]);
  });
});

describe('the signal', () => {
  it.each([
    ['worker_failed', false, { kind: 'retry', lease: 'failed' }],
    ['worker_timeout', true, { kind: 'broken', lease: 'timed-out' }],
    ['gateway_draining', true, { kind: 'broken', lease: 'cancelled' }],
    ['client_closed', true, { kind: 'client-closed' }],
  ] as const)('ends the leg at once: %s', async (code, hasStarted, outcome) => {
    const abort = new AbortController();
    const { worker, front, client } = await scene(
      ({ socket }) => socket.write(hasStarted ? stream(delta({ content: 'a' })) : SSE_HEAD),
      { signal: abort.signal },
    );
    client.post();
    if (hasStarted) await client.until((text) => text.includes('data:'));
    else while (worker.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Fault(code));
    expect(await front.legs(1)).toMatchObject([outcome]);
    expect(front.client.sockets).toBe(0);
  });

  describe.each(['key_revoked', 'insufficient_quota'] as const)('with %s', (code) => {
    it('after frames is the last event of the stream, and the worker is let go', async () => {
      const abort = new AbortController();
      const told: number[] = [];
      const { worker, front, client } = await scene(
        ({ socket }) => socket.write(stream(delta({ content: 'a' }), delta({ content: 'b' }))),
        { signal: abort.signal, events: { firstToken() {}, progress: (tokens) => told.push(tokens) } },
      );
      await client.post().until((text) => text.includes('"content":"b"'));
      const [asked] = worker.asked;
      const gone = new Promise<void>((resolve) => asked?.socket.once('close', resolve));
      abort.abort(new Fault(code));
      await client.until(ended);
      await gone;
      expect(await front.legs(1)).toMatchObject([
        { kind: 'broken', lease: 'cancelled', fault: { code }, usage: null },
      ]);
      expect(told.reduce((sum, tokens) => sum + tokens, 0)).toBe(2);
      const [, last] = /\n\ndata: (.*)\n\n$/.exec(client.body) ?? [];
      expect(JSON.parse(last ?? '')).toEqual(new Fault(code).toBody());
      expect(client.body).not.toContain('[DONE]');
      expect(front.client.sockets).toBe(0);
    });

    it.each([
      ['before the first frame', SSE_HEAD, true],
      ['while the worker is silent', '', true],
      ['while an unstreamed answer comes', whole(200, '{"choices":[').slice(0, -1), false],
      ["while a worker's refusal comes", 'HTTP/1.1 503 X\r\ncontent-length: 5\r\n\r\n', true],
    ])('%s is a plain answer with its status, and no retry', async (_when, bytes, isStream) => {
      const abort = new AbortController();
      const { worker, front, client } = await scene(({ socket }) => socket.write(bytes), {
        signal: abort.signal,
        shape: { stream: isStream },
      });
      client.post();
      while (worker.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const fault = new Fault(code);
      abort.abort(fault);
      await client.until((text) => text.includes(JSON.stringify(fault.toBody())));
      expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${fault.status} `));
      expect(client.text).not.toContain('text/event-stream');
      expect(await front.legs(1)).toMatchObject([{ kind: 'rejected', lease: 'cancelled', fault: { code } }]);
      expect(front.client.sockets).toBe(0);
    });

    it('before the leg begins is the same, and nothing is sent', async () => {
      const { worker, front, client } = await scene(() => {}, { signal: AbortSignal.abort(new Fault(code)) });
      client.post();
      expect(await front.legs(1)).toMatchObject([{ kind: 'rejected', fault: { code } }]);
      expect(worker.connections).toBe(0);
      await client.until((text) => text.includes(code));
    });

    it('from within the telling of tokens ends the stream there, unless it is whole', async () => {
      const broken = new AbortController();
      const cut = await scene(({ socket }) => socket.write(stream(delta({ content: 'a' }))), {
        signal: broken.signal,
        events: { firstToken() {}, progress: () => broken.abort(new Fault(code)) },
      });
      await cut.client.post().until(ended);
      expect(await cut.front.legs(1)).toMatchObject([{ kind: 'broken', fault: { code } }]);
      expect(cut.client.body).not.toContain('[DONE]');
      const late = new AbortController();
      const whole = await scene(
        ({ socket }) => socket.write(stream(delta({ content: 'a' }), DONE) + LAST_CHUNK),
        {
          signal: late.signal,
          events: { firstToken() {}, progress: () => late.abort(new Fault(code)) },
        },
      );
      await whole.client.post().until(ended);
      expect(await whole.front.legs(1)).toMatchObject([{ kind: 'finished' }]);
      expect(whole.client.body).not.toContain(code);
    });
  });

  describe('with insufficient_quota, where the answer may run out of budget,', () => {
    const cutAfter = async (frames: readonly string[], shape: LegPart['shape'] = {}) => {
      const abort = new AbortController();
      const { front, client } = await scene(({ socket }) => socket.write(stream(...frames)), {
        signal: abort.signal,
        shape: { mayRunOut: true, ...shape },
      });
      await client.post().until((text) => text.includes('"last"'));
      abort.abort(new Fault('insufficient_quota'));
      await client.until(ended);
      expect(await front.legs(1)).toMatchObject([{ kind: 'broken', fault: { code: 'insufficient_quota' } }]);
      return client.body
        .split('\n\n')
        .filter((frame) => frame.startsWith('data: '))
        .map((frame) => JSON.parse(frame.slice(6)));
    };
    const chunk = (choices: readonly object[], more = {}) =>
      `data: ${JSON.stringify({ id: 'c-1', object: 'chunk', created: 7, model: 'served', choices, ...more })}\n\n`;
    const ofText = (index: number, text: string, finish_reason: string | null = null) => ({
      index,
      text,
      finish_reason,
    });
    const ofChat = (index: number, content: string, finish_reason: string | null = null) => ({
      index,
      delta: { content },
      logprobs: null,
      finish_reason,
    });

    it('each choice that has begun and not finished ends by length, before the error', async () => {
      const said = await cutAfter([
        chunk([ofChat(0, '')], { usage: { prompt_tokens: 1, completion_tokens: 0 } }),
        chunk([ofChat(2, 'b'), ofChat(1, 'a', 'stop')]),
        chunk([ofChat(0, 'c')]),
        chunk([ofChat(0, 'd')]),
        chunk([ofChat(2, 'last')]),
      ]);
      expect(said.slice(-3)).toEqual([
        JSON.parse(chunk([ofChat(0, '', 'length')]).slice(6)),
        JSON.parse(chunk([ofChat(2, '', 'length')]).slice(6)),
        new Fault('insufficient_quota').toBody(),
      ]);
      expect(said).toHaveLength(8);
    });

    it('a text ends in the shape of a text, under the name the client used', async () => {
      const shape = { kind: 'text', modelAlias: 'qwq "32b"' } as const;
      const said = await cutAfter([chunk([ofText(0, 'a')]), chunk([ofText(0, 'last')])], shape);
      const end = { ...ofText(0, '', 'length'), logprobs: null };
      expect(said.at(-2)).toEqual({
        id: 'c-1',
        object: 'chunk',
        created: 7,
        model: 'qwq "32b"',
        choices: [end],
      });
    });

    it('an answer whose choices have finished ends with the error alone', async () => {
      const said = await cutAfter([chunk([ofText(0, 'a')]), chunk([ofText(0, 'last', 'stop')])], {
        kind: 'text',
      });
      expect(said).toHaveLength(3);
      expect(said.at(-1)).toEqual(new Fault('insufficient_quota').toBody());
    });
  });

  it('aborted before the start sends nothing', async () => {
    const { worker, front, client } = await scene(() => {}, {
      signal: AbortSignal.abort(new Fault('worker_failed')),
    });
    client.post();
    expect(await front.legs(1)).toMatchObject([{ kind: 'retry' }]);
    expect(worker.connections).toBe(0);
  });
});

describe('an answer that is not streamed', () => {
  const shape = { stream: false };
  it('passes as the very bytes when nothing must change', async () => {
    const body = recorded('a/compl_basic').body;
    const { front, client } = await scene(({ socket }) => socket.write(whole(200, body)), {
      shape: { stream: false, kind: 'text' },
    });
    await client.post().until((text) => text.endsWith(body));
    expect(client.text).toContain(`content-length: ${body.length}\r\n`);
    const usage = { promptTokens: 1, completionTokens: 3, cachedTokens: 0, reasoningTokens: null };
    expect(await front.legs(1)).toEqual([{ kind: 'finished', usage, finishReason: 'stop' }]);
  });

  it('is finished once it was given whole, though its tokens use up a budget', async () => {
    const body = recorded('a/compl_basic').body;
    const abort = new AbortController();
    const told: (number | string)[] = [];
    const { front, client } = await scene(({ socket }) => socket.write(whole(200, body)), {
      shape: { stream: false, kind: 'text' },
      signal: abort.signal,
      events: {
        firstToken: () => told.push('first'),
        progress: (tokens) => {
          told.push(tokens);
          abort.abort(new Fault('insufficient_quota'));
        },
      },
    });
    await client.post().until((text) => text.endsWith(body));
    expect(await front.legs(1)).toMatchObject([
      { kind: 'finished', usage: { completionTokens: 3 }, finishReason: 'stop' },
    ]);
    expect(told).toEqual(['first', 3]);
  });

  it('gets both names of thinking and the name the client used, whatever the framing', async () => {
    const body = recorded('a/chat_basic').body;
    const third = Math.floor(body.length / 3);
    const framings = [
      whole(200, body),
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${httpChunk(body.slice(0, third))}${httpChunk(body.slice(third))}${LAST_CHUNK}`,
      `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${body}`,
    ];
    const { client } = await scene(
      ({ socket, sequence }) => {
        socket.write(framings[sequence] ?? '');
        if (sequence === 2) socket.end();
      },
      { shape: { ...shape, modelAlias: 'qwq "32b"' } },
    );
    const expected = JSON.parse(body);
    expected.model = 'qwq "32b"';
    expected.choices[0].message.reasoning_content = expected.choices[0].message.reasoning;
    for (const _ of framings) {
      client.text = '';
      await client.post().until((text) => text.endsWith('"metrics":null}'));
      expect(JSON.parse(client.text.split('\r\n\r\n')[1] ?? '')).toEqual(expected);
    }
  });

  it('that was aborted, or is no JSON, or breaks off, is a retry', async () => {
    const aborted = JSON.stringify({
      choices: [{ index: 0, text: '', finish_reason: 'abort' }],
      usage: { prompt_tokens: 2, completion_tokens: 0 },
    });
    const answers = [
      whole(200, aborted),
      whole(200, '<html>'),
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a"',
    ] as const;
    const { front, client } = await scene(
      ({ socket, sequence }) =>
        sequence === 2 ? socket.end(answers[2]) : socket.write(answers[sequence] ?? ''),
      { shape },
    );
    for (let i = 1; i <= answers.length; i++) {
      client.post();
      await front.legs(i);
    }
    const fault = { code: 'worker_failed', cause: expect.anything() };
    expect(front.outcomes).toMatchObject(answers.map(() => ({ kind: 'retry', lease: 'failed', fault })));
  });

  it('of many megabytes reaches a slow client whole', async () => {
    const body = JSON.stringify({
      choices: [{ index: 0, text: 'x'.repeat(5_000_000), finish_reason: 'stop' }],
    });
    const { client } = await scene(({ socket }) => socket.write(whole(200, body)), {
      shape: { stream: false, kind: 'text' },
    });
    client.post().socket.pause();
    setImmediate(() => client.socket.resume());
    await client.until((text) => text.endsWith(body));
  });
});

it("a worker's refusal comes out in OpenAI's shape with its own status", async () => {
  const { front, client } = await scene(({ socket }) =>
    socket.write(whole(400, recorded('a/err_temperature').body)),
  );
  await client.post().until((text) => text.includes('}}'));
  expect(await front.legs(1)).toMatchObject([
    { kind: 'rejected', fault: { code: 'worker_rejected', status: 400 } },
  ]);
  expect(client.text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(client.text).toContain(
    '"type":"invalid_request_error","param":"temperature","code":"worker_rejected"',
  );
});

describe('a slow client', () => {
  const big = delta({ content: 'x'.repeat(60_000) });
  it('holds back the worker, loses nothing, and costs bounded memory', async () => {
    let written = 0;
    const total = 400;
    const pump = (socket: Asked['socket']): void => {
      while (written < total) {
        written++;
        if (!socket.write(httpChunk(big))) {
          socket.once('drain', () => pump(socket));
          return;
        }
      }
      socket.write(httpChunk(DONE) + LAST_CHUNK);
    };
    const { front, client } = await scene(({ socket }) => {
      socket.write(SSE_HEAD);
      pump(socket);
    });
    client.post().socket.pause();
    // Wait until the worker cannot write any more: everything between it and the client is full.
    for (let before = -1; before !== written || written === 0; ) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(total);
    expect(front.outcomes).toEqual([]);
    const reads: Buffer[] = [];
    let bytes = 0;
    const whole = new Promise<void>((resolve) => {
      client.socket.removeAllListeners('data').on('data', (read) => {
        reads.push(Buffer.from(read));
        bytes += read.length;
        if (bytes > total * big.length && read.toString('latin1').endsWith(LAST_CHUNK)) resolve();
      });
    });
    client.socket.resume();
    await whole;
    client.text = Buffer.concat(reads).toString('latin1');
    expect(client.body).toBe(big.repeat(total) + DONE);
  });

  it('that takes nothing is cut after the stall time-out, and the worker with it', async () => {
    const { worker, front, client } = await scene(
      ({ socket }) => {
        socket.write(SSE_HEAD);
        for (let i = 0; i < 400; i++) socket.write(httpChunk(big));
      },
      {},
      { writeStallTimeoutMs: 1 },
    );
    client.post().socket.pause();
    expect(await front.legs(1)).toMatchObject([{ kind: 'client-closed' }]);
    while (worker.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
