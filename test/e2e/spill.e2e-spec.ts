// `spill`: who has waited long enough goes up one factor, says so, and never goes further.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { framesOf, StreamReader } from './harness/read-stream.ts';

const AFTER_MS = 200;
const HEARTBEAT_MS = 100;
const EVERY_POOL = ['default', 'yarn-2', 'yarn-4'] as const;

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: [
      { name: 'default', factor: 1, windowTokens: 1_024 },
      { name: 'yarn-2', factor: 2, windowTokens: 2_048 },
      { name: 'yarn-4', factor: 4, windowTokens: 4_096 },
    ],
    // A worker takes the next prompt when the one before has its first token, which a frozen one never has.
    model: { fullQueuedTokens: 1, spill: { afterMs: AFTER_MS } },
    settings: { relay: { heartbeatMs: HEARTBEAT_MS } },
  });
});
afterAll(() => fleet.close());
afterEach(() => {
  for (const pool of EVERY_POOL) fleet.sim(pool).heal();
});

const askedOf = (pool: string): number => fleet.sim(pool).seen.to(CHAT).length;
const asked = (): number[] => EVERY_POOL.map(askedOf);
const stream = (content: string): Promise<Response> => open(fleet, CHAT, chat(content, { stream: true }));

it('goes up one factor while the fitting pool stays full, and no further', async () => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  const first = stream('the first, which fills the fitting pool');
  await eventually('the fitting pool has it', () => askedOf('default') === 1);

  const spilt = await within('it is answered elsewhere', ask(fleet, CHAT, chat('the second')));
  expect(spilt.status).toBe(200);
  expect(spilt.headers.get('x-ropeway-pool')).toBe('yarn-2');
  expect(spilt.headers.get('x-ropeway-rope')).toBe('yarn-2');
  expect(spilt.headers.get('x-ropeway-reason')).toBe('spill');
  expect(asked()).toEqual([1, 1, 0]);

  fleet.sim('yarn-2').inflict({ kind: 'freeze' });
  const third = stream('the third, which fills the next one');
  await eventually('the next pool has it', () => askedOf('yarn-2') === 2);

  // Heartbeats are the clock: after so many it has waited for two factors' time and more, and still goes nowhere.
  const fourth = new StreamReader(await stream('the fourth'));
  for (let waitedMs = 0; waitedMs < 3 * AFTER_MS; waitedMs += HEARTBEAT_MS)
    expect(await fourth.next()).toMatch(/^:/);
  expect(asked()).toEqual([1, 2, 0]);

  for (const pool of ['default', 'yarn-2']) fleet.sim(pool).heal();
  const ends = await Promise.all([first.then(framesOf), third.then(framesOf), fourth.rest()]);
  expect(ends.map((frames) => frames.at(-1))).toEqual(Array(3).fill('data: [DONE]'));
  expect(askedOf('yarn-4')).toBe(0);
  await fleet.idle();
});

it('stays in the fitting pool while that has room', async () => {
  const answer = await ask(fleet, CHAT, chat('the fifth'));
  expect([answer.headers.get('x-ropeway-pool'), answer.headers.get('x-ropeway-reason')]).toEqual([
    'default',
    'smallest-rope',
  ]);
});
