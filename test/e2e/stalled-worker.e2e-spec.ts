// A worker that does nothing is avoided; one that only owes one answer is not, for longer than it takes to find out.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { StreamReader } from './harness/read-stream.ts';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({ pools: ONE_POOL, settings: { workers: { stallAfterMs: 200 } } });
});
afterAll(() => fleet.close());

it('serves others on a worker that lets one answer hang', async () => {
  const sim = fleet.sim('default');
  sim.inflict({ kind: 'stall', afterTokens: 2 });
  const hanging = new StreamReader(await open(fleet, CHAT, chat('Hi', { stream: true })));
  await hanging.nextData();
  await eventually('the stalled worker is asked for a token', () =>
    sim.seen.to('/v1/completions').some(({ outcome }) => outcome === 'answered'),
  );
  const { status } = await ask(fleet, CHAT, chat());
  expect(status).toBe(200);
  await hanging.leave();
  await fleet.idle();
});
