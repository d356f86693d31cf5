// A client that leaves takes its request with it: the worker stops, nothing stays leased, nobody is told off.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { CHAT, chat, open } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { framesOf, StreamReader } from './harness/read-stream.ts';

let fleet: FleetUnderTest;
beforeAll(async () => {
  // One prompt token in a queue fills a worker, so that a second request waits.
  fleet = await startFleetUnderTest({ pools: ONE_POOL, model: { fullQueuedTokens: 1 } });
});
afterAll(() => fleet.close());
afterEach(() => fleet.sim('default').heal());

const sequences = (): number => {
  const { engine } = fleet.sim('default');
  return engine.runningCount + engine.waitingCount;
};
const workerIsFree = () => eventually('the worker works for nobody', () => sequences() === 0);
const workerIsBusy = () => eventually('the worker works', () => sequences() === 1);

/** A request that would go on for long, and how to leave it. */
function start(stream: boolean, content = 'Hi') {
  const leaving = new AbortController();
  const response = open(fleet, CHAT, chat(content, { stream }), { signal: leaving.signal });
  response.catch(() => undefined);
  return { response, leave: () => leaving.abort() };
}

it('in the middle of a stream', async () => {
  fleet.sim('default').inflict({ kind: 'stall', afterTokens: 2 });
  const { response, leave } = start(true);
  const reader = new StreamReader(await response);
  await reader.next();
  await reader.next();
  leave();
  await workerIsFree();
  await fleet.idle();
});

it.each([
  ['before the first token of a stream', true],
  ['of an answer that is not streamed', false],
])('%s', async (_when, stream) => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  const { leave } = start(stream);
  await workerIsBusy();
  leave();
  await workerIsFree();
  await fleet.idle();
});

it.each([
  ['a stream', true],
  ['an answer that is not streamed', false],
])('while %s waits for room: it gives its place up, and no worker ever sees it', async (_what, stream) => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  const first = start(true);
  await workerIsBusy();
  const before = fleet.asked().length;
  const { lifecycle, telemetry } = fleet.gateway.ports;
  const second = start(stream, 'I wait');
  await eventually('the second waits', () => telemetry.inFlight.waiting === 1);
  second.leave();
  await eventually('nobody waits', () => telemetry.inFlight.waiting === 0 && lifecycle.running === 1);
  fleet.sim('default').heal();
  await framesOf(await first.response);
  await fleet.idle();
  expect(fleet.asked().length).toBe(before);
});

it('while nobody leaves, whoever waits for room gets it', async () => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  const first = start(true);
  await workerIsBusy();
  const second = start(true, 'I wait');
  await eventually('the second waits', () => fleet.gateway.ports.telemetry.inFlight.waiting === 1);
  fleet.sim('default').heal();
  const ends = await Promise.all(
    [first, second].map(async ({ response }) => (await framesOf(await response)).at(-1)),
  );
  expect(ends).toEqual(['data: [DONE]', 'data: [DONE]']);
  await fleet.idle();
});

it('counts as left, not as failed, and does not open the breaker of the worker', async () => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  for (let turn = 0; turn < 6; turn++) {
    const { leave } = start(false);
    await workerIsBusy();
    leave();
    await workerIsFree();
  }
  await fleet.idle();
  const [worker] = fleet.gateway.ports.fleet.snapshot().pools[0]?.workers ?? [];
  expect(worker).toMatchObject({ breaker: 'closed', state: 'ready' });
  const records = fleet.log.filter((line) => line.includes('"client_closed"'));
  expect(records.length).toBeGreaterThanOrEqual(6);
  for (const record of records) expect(record).toContain('"level":"debug"');
});
