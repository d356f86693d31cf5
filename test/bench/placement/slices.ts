// What is replayed, and the bars Ropeway's own placement must clear (the issue's, from the placement study;
// docs/adr/0004-placement.md).
import type { Score } from './score.ts';
import type { TraceName } from './trace.ts';

interface Bars {
  readonly meanS: number;
  readonly p99S: number;
  readonly goalPercent: number;
  readonly hitPercent: number;
}

export interface Slice {
  readonly name: string;
  readonly trace: TraceName;
  /** Every arrival time is divided by it, so that eight workers have the load named. */
  readonly compression: number;
  /** Null where every policy does equally well: shown, not judged. */
  readonly bars: Bars | null;
}

export const SLICES: readonly Slice[] = [
  {
    name: 'conversation-a, load 0.7',
    trace: 'open-mooncake-conversation-a',
    compression: 1.151,
    bars: { meanS: 1.75, p99S: 12, goalPercent: 89, hitPercent: 12 },
  },
  {
    name: 'conversation-a, load 0.9',
    trace: 'open-mooncake-conversation-a',
    compression: 1.48,
    bars: { meanS: 3.1, p99S: 14, goalPercent: 28, hitPercent: 10.5 },
  },
  { name: 'Azure conv, load 0.7', trace: 'open-azure2023-conv', compression: 6.145, bars: null },
  { name: 'Azure conv, load 0.9', trace: 'open-azure2023-conv', compression: 7.901, bars: null },
];

/** One line for each bar that was missed; empty = all cleared. */
export function missedBars(score: Score, bars: Bars): string[] {
  return [
    ...missed('mean', score.meanS, bars.meanS, score.meanS <= bars.meanS),
    ...missed('p99', score.p99S, bars.p99S, score.p99S <= bars.p99S),
    ...missed('within goal', score.goalPercent, bars.goalPercent, score.goalPercent >= bars.goalPercent),
    ...missed('prefix hits', score.hitPercent, bars.hitPercent, score.hitPercent >= bars.hitPercent),
  ];
}

function missed(what: string, value: number, bar: number, cleared: boolean): string[] {
  return cleared ? [] : [`${what} ${value.toFixed(2)} misses the bar ${bar}`];
}
