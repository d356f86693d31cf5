// Many streams at once share one page, one read buffer and pooled sockets; whatever their worker does to them, a client sees its own
// text and nobody else's.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { seededRandom } from '../../../test/seeded-random.ts';
import { Front, RawClient } from '../spec/front.ts';
import {
  type Asked,
  DONE,
  delta,
  httpChunk,
  LAST_CHUNK,
  ScriptedWorker,
  SSE_HEAD,
} from '../spec/scripted-worker.ts';

const CLIENTS = 12;
const TURNS = 25;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** How an answer goes wrong, or does not, in the middle of its frames. */
const ENDINGS: readonly ((socket: Asked['socket']) => string)[] = [
  () => httpChunk(DONE) + LAST_CHUNK,
  () => 'ZZ\r\n',
  () => '4\r\ndataTOO LONG',
  () => `${httpChunk(delta({ content: 'x' }))}fffffffff\r\n`,
  () => httpChunk('data: {"error":{"message":"broken","code":500}}\n\n'),
  () => httpChunk(delta({}, 'abort')),
  () => `${httpChunk(DONE)}${LAST_CHUNK}HTTP/1.1 200 OK\r\n\r\n`,
  (socket) => {
    setImmediate(() => socket.destroy());
    return httpChunk('data: {"choices":[{"del');
  },
];

it.each([1, 2, 3])('a client sees only its own text, whatever breaks (seed %i)', async (seed) => {
  const random = seededRandom(seed);
  const answer = async ({ head, socket }: Asked) => {
    const mark = /x-request-id: (\S+)/.exec(head)?.[1] ?? '';
    const frames = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, nth) =>
      httpChunk(delta(random() < 0.5 ? { content: `<${mark}>${nth}` } : { reasoning: `<${mark}>${nth}` })),
    );
    const ending = ENDINGS[Math.floor(random() * ENDINGS.length)];
    const whole = SSE_HEAD + frames.join('') + (ending?.(socket) ?? '');
    // In one piece or in some, cut anywhere.
    for (let at = 0; at < whole.length && !socket.destroyed; ) {
      const to = random() < 0.4 ? whole.length : at + 1 + Math.floor(random() * 120);
      socket.write(whole.slice(at, to));
      at = to;
      if (at < whole.length) await sleep(Math.floor(random() * 2));
    }
  };
  const worker = await ScriptedWorker.start((asked) => void answer(asked));
  const front = await Front.start(async (self, to, request) => {
    const requestId = String(request.headers['x-mark']);
    const body = [Buffer.from('{"stream":true}')];
    const outcome = await self.carry(to, {
      endpoint: worker.endpoint,
      request: { path: '/v1/chat/completions', body, requestId, headers: {} },
    });
    if ('fault' in outcome) to.fail(outcome.fault);
  });
  stops.push(
    () => worker.stop(),
    () => front.stop(),
  );
  const seen = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, nth) => {
      const texts: { mark: string; text: string }[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        const mark = `m-${nth}-${turn}`;
        const client = new RawClient(front.port);
        texts.push({ mark, text: await client.post(`x-mark: ${mark}\r\nconnection: close\r\n`).closed() });
      }
      return texts;
    }),
  );
  const all = seen.flat();
  for (const { mark, text } of all)
    for (const [, whose] of text.matchAll(/<([^>]+)>/g))
      expect({ mark, whose }).toEqual({ mark, whose: mark });
  // Or nothing was broken, or nothing came.
  expect(all.some(({ text }) => text.includes('worker_failed'))).toBe(true);
  expect(all.some(({ text }) => text.includes('[DONE]'))).toBe(true);
  expect(new Set(front.outcomes.map(({ kind }) => kind))).toEqual(new Set(['finished', 'broken', 'retry']));
});
