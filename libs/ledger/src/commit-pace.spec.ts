import { expect, it } from '@jest/globals';
import { CommitPace } from './commit-pace.ts';

/** Commits of so many intents each millisecond. */
function run(pace: CommitPace, clock: { nowMs: number }, intents: number, forMs: number): void {
  for (let ms = 0; ms < forMs; ms++) {
    clock.nowMs++;
    pace.start(intents);
  }
}

function newPace() {
  const clock = { nowMs: 1_000 };
  return { clock, pace: new CommitPace(2, () => clock.nowMs) };
}

it('lets nobody wait below two requests a millisecond', () => {
  const { clock, pace } = newPace();
  run(pace, clock, 1, 1_000);
  expect(pace.waitMs()).toBeLessThanOrEqual(0);
});

it('lets commits start apart above it, and again at once when it is over', () => {
  const { clock, pace } = newPace();
  run(pace, clock, 3, 300);
  expect(pace.waitMs()).toBe(2);
  clock.nowMs++;
  expect(pace.waitMs()).toBe(1);
  run(pace, clock, 1, 200);
  expect(pace.waitMs()).toBeLessThanOrEqual(0);
});
