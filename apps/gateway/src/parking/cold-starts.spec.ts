import { expect, it } from '@jest/globals';
import { ColdStarts } from './cold-starts.ts';

function after(...seconds: number[]): ColdStarts {
  const starts = new ColdStarts();
  for (const took of seconds) starts.note(took * 1_000);
  return starts;
}

it('guesses a minute and a half until it has seen one', () => {
  expect(after().leftMs(0)).toBe(90_000);
  expect(after().leftMs(60_000)).toBe(30_000);
});

it('expects what half of them took; later what nearly all of them took', () => {
  const starts = after(40, 60, 50, 200, 45);
  expect([starts.p50Ms, starts.p95Ms]).toEqual([50_000, 200_000]);
  expect(starts.leftMs(0)).toBe(50_000);
  expect(starts.leftMs(49_000)).toBe(1_000);
  expect(starts.leftMs(50_000)).toBe(150_000);
});

it('expects half as long again of one that takes longer than any did', () => {
  expect(after(10).leftMs(60_000)).toBe(30_000);
  expect(after(0).leftMs(0)).toBeGreaterThan(0);
});

it('forgets old ones', () => {
  const starts = after(...Array.from({ length: 16 }, () => 100));
  for (let n = 0; n < 16; n++) starts.note(5_000);
  expect([starts.p50Ms, starts.p95Ms]).toEqual([5_000, 5_000]);
});
