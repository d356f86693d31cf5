import { expect, it } from '@jest/globals';
import type { Outcome } from '../load/outcome.ts';
import { wakeUps } from './wake-ups.ts';

const asked = (need: string, sentMs: number, firstTokenMs: number | null): Outcome => ({
  need,
  pool: need,
  sentMs,
  endedMs: sentMs + 10_000,
  firstTokenMs,
  isCold: true,
  ending: { kind: 'answered' },
  sentAgain: [],
});

it('measures each wake-up from the request that caused it', () => {
  const moments = {
    pool: 'yarn-4',
    scaled: [
      { atMs: 1_400, from: 0, to: 1 },
      { atMs: 20_000, from: 1, to: 0 },
      { atMs: 50_500, from: 0, to: 1 },
      { atMs: 52_000, from: 1, to: 3 },
    ],
    readyMs: [6_000, 55_000, 57_000],
  };
  const outcomes = [
    asked('yarn-4', 1_000, 8_000),
    asked('default', 900, 100),
    asked('yarn-4', 50_100, 9_000),
    asked('yarn-4', 50_000, 7_000),
  ];
  const common = { pool: 'yarn-4' };
  expect(wakeUps(moments, outcomes)).toEqual([
    {
      ...common,
      atMs: 1_400,
      scaledAfterMs: 400,
      readyAfterMs: 5_000,
      firstTokenAfterMs: 8_000,
      mostWorkers: 1,
      awakeMs: 18_600,
    },
    {
      ...common,
      atMs: 50_500,
      scaledAfterMs: 500,
      readyAfterMs: 5_000,
      firstTokenAfterMs: 7_000,
      mostWorkers: 3,
      awakeMs: null,
    },
  ]);
});

it('finds none where a pool never slept', () => {
  const moments = { pool: 'default', scaled: [{ atMs: 5, from: 1, to: 2 }], readyMs: [1, 9] };
  expect(wakeUps(moments, [asked('default', 0, 1)])).toEqual([]);
});
