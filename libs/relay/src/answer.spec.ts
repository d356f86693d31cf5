import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { Front, RawClient } from '../spec/front.ts';
import type { Answer, AnswerOptions } from './answer.ts';
import { FramePage } from './frame-page.ts';
import type { RelayOptions } from './leg.ts';

const fronts: Front[] = [];
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.stop();
});

async function serve(
  handle: (answer: Answer, request: IncomingMessage, nth: number) => unknown,
  options: Partial<RelayOptions> = {},
  more: Partial<AnswerOptions> = {},
) {
  let nth = 0;
  const front = await Front.start((_front, answer, request) => handle(answer, request, nth++), options, more);
  fronts.push(front);
  return { front, client: new RawClient(front.port) };
}

function write(answer: Answer, text: string): boolean {
  const page = new FramePage();
  const frame = Buffer.from(`data: ${text}\n\n`);
  page.append(frame, 0, frame.length);
  return answer.write(page);
}

describe('a connection', () => {
  it('goes on after a stream, after a body and after a fault', async () => {
    const { client } = await serve((answer, _request, nth) => {
      if (nth === 1) answer.send(200, { 'content-type': 'application/json' }, Buffer.from('{}'));
      else if (nth === 2) answer.fail(new Fault('no_capacity', { retryAfterMs: 1200 }));
      else {
        write(answer, 'a');
        answer.finish();
      }
    });
    await client.post().until((text) => text.endsWith('0\r\n\r\n'));
    await client.post().until((text) => text.endsWith('{}'));
    await client.post().until((text) => text.endsWith('}}'));
    expect(client.text).toContain('retry-after: 2\r\nretry-after-ms: 1200\r\n');
    await client.post().until((text) => text.endsWith('0\r\n\r\n'));
    expect(client.text.match(/HTTP\/1.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 503',
      'HTTP/1.1 200',
    ]);
  });

  it('carries pipelined streams in order, though the second is ready first', async () => {
    const answers: Answer[] = [];
    const { client } = await serve((answer) => void answers.push(answer));
    client.post().post();
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const [first, second] = answers;
    if (!first || !second) throw new Error('two answers');
    write(second, 'second');
    second.finish();
    write(first, 'first');
    write(first, 'more');
    first.finish();
    await client.until((text) => text.split('0\r\n\r\n').length === 3);
    const bodies = client.text.split(/HTTP\/1.1 200 OK.*?\r\n\r\n/s).slice(1);
    expect(bodies).toEqual([
      'd\r\ndata: first\n\n\r\nc\r\ndata: more\n\n\r\n0\r\n\r\n',
      'e\r\ndata: second\n\n\r\n0\r\n\r\n',
    ]);
  });

  it('of HTTP/1.0 gets frames without chunks and is closed', async () => {
    const { client } = await serve((answer) => {
      write(answer, 'a');
      answer.finish();
    });
    const text = await client.post('', '1.0').closed();
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text).toMatch(/\r\n\r\ndata: a\n\n$/);
  });

  it('asking by HEAD gets a head and no frames, and goes on', async () => {
    const { client } = await serve((answer, request) => {
      if (request.method === 'HEAD') write(answer, 'never');
      else write(answer, 'a');
      answer.finish();
    });
    await client.post('', '1.1', 'HEAD').until((text) => text.endsWith('\r\n\r\n'));
    await client.post().until((text) => text.endsWith('0\r\n\r\n'));
    expect(client.text).not.toContain('never');
  });

  it('is closed after an answer begun while leaving, and after one that ends while draining', async () => {
    let isDraining = true;
    const { front, client } = await serve(
      (answer) => write(answer, 'a'),
      {},
      { isLeaving: () => isDraining, isDraining: () => isDraining },
    );
    await client.post().until((text) => text.includes('data: a'));
    expect(client.text).toMatch(/connection: close/i);
    front.answers[0]?.finish();
    await client.closed();
    isDraining = false;
    const early = new RawClient(front.port);
    await early.post().until((text) => text.includes('data: a'));
    expect(early.text).not.toMatch(/connection: close/i);
    isDraining = true;
    front.answers[1]?.finish();
    expect(await early.closed()).toMatch(/0\r\n\r\n$/);
  });
});

it('sends the head once, with the headers known then', async () => {
  const { client } = await serve((answer) => {
    answer.headers['x-ropeway-pool'] = 'default';
    write(answer, 'a');
    answer.headers['x-late'] = '1';
    answer.begin();
    answer.send(500, {}, Buffer.from('no'));
    write(answer, 'b');
    answer.finish();
    answer.finish();
    answer.fail(new Fault('internal_error'));
    write(answer, 'c');
  });
  await client.post().until((text) => text.endsWith('0\r\n\r\n'));
  expect(client.text.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(client.text).toContain('x-ropeway-pool: default\r\n');
  expect(client.text).not.toContain('x-late');
  expect(client.body).toBe('data: a\n\ndata: b\n\n');
});

it('beats until the first frame and not after', async () => {
  const { front, client } = await serve((answer) => answer.startHeartbeats(), { heartbeatMs: 1 });
  await client.post().until((text) => text.split(': keep-alive\n\n').length > 2);
  expect(front.answers[0]?.isCommitted).toBe(true);
  if (front.answers[0]) write(front.answers[0], 'a');
  const [, after] = (await client.until((text) => text.includes('data: a'))).split('data: a');
  front.answers[0]?.finish();
  await client.until((text) => text.endsWith('0\r\n\r\n'));
  expect(after).not.toContain('keep-alive');
});

it('says why it waits while there is a reason, on one line', async () => {
  let why: string | null = 'waiting for pool yarn-4: no node\n\ndata: [DONE]';
  const { front, client } = await serve(
    (answer) => {
      answer.explainWait(() => why);
      answer.startHeartbeats();
    },
    { heartbeatMs: 1 },
  );
  await client.post().until((text) => text.includes(': waiting for pool yarn-4: no node data: [DONE]\n\n'));
  why = `Ω${'x'.repeat(1_000)}`;
  const utf8 = Buffer.from(`: Ω${'x'.repeat(299)}\n\n`).toString('latin1');
  await client.until((text) => text.includes(utf8));
  why = null;
  await client.until((text) => text.includes(': keep-alive\n\n'));
  front.answers[0]?.finish();
});

it('tells that the client has left, also while nothing was sent, and once only', async () => {
  const told: unknown[] = [];
  const { front, client } = await serve((answer) => {
    answer.left.addEventListener('abort', () => told.push(answer.left.reason.code));
  });
  client.post();
  while (front.answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const [answer] = front.answers;
  client.socket.destroy();
  await new Promise<void>((resolve) => answer?.onClosed(resolve));
  expect([told, answer?.hasLeft]).toEqual([['client_closed'], true]);
  if (answer) write(answer, 'a');
  answer?.fail(new Fault('worker_failed'));
  expect(told).toHaveLength(1);
});

it('does not take the end of an answered request for leaving, nor keep listeners', async () => {
  const { front, client } = await serve((answer) => answer.send(200, {}, Buffer.from('ok')));
  for (let i = 0; i < 20; i++) {
    client.text = '';
    await client.post().until((text) => text.endsWith('ok'));
  }
  client.socket.destroy();
  await client.closed();
  await Promise.all(front.answers.map((each) => new Promise<void>((resolve) => each.onClosed(resolve))));
  expect(front.answers.some(({ hasLeft }) => hasLeft)).toBe(false);
});
