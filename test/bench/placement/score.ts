// What a replay came to: waiting time until the first token, share of prompt tokens found in a cache, share within
// the goals.
import type { ReplayRequest } from './replay-request.ts';

export interface Score {
  readonly requests: number;
  readonly meanS: number;
  readonly p50S: number;
  readonly p90S: number;
  readonly p99S: number;
  /** Percent of prompt tokens found in a worker's prefix cache. */
  readonly hitPercent: number;
  /** Percent with first token within 2 s + prompt/8000 and at most 100 ms a token after it ("G2" of the study). */
  readonly goalPercent: number;
}

/** Caches are cold at first: requests that say nothing about a policy. */
const COLD_SHARE = 0.15;

export function scoreOf(requests: readonly ReplayRequest[]): Score {
  const warm = requests.slice(Math.floor(requests.length * COLD_SHARE));
  const waits = warm.map(waitS).sort((a, b) => a - b);
  return {
    requests: warm.length,
    meanS: sum(waits) / waits.length,
    p50S: percentile(waits, 0.5),
    p90S: percentile(waits, 0.9),
    p99S: percentile(waits, 0.99),
    hitPercent:
      (100 * sum(warm.map((request) => request.hitTokens))) /
      sum(warm.map((request) => request.promptTokens)),
    goalPercent: (100 * warm.filter(meetsGoal).length) / warm.length,
  };
}

export function meanScore(scores: readonly Score[]): Score {
  const mean = (read: (score: Score) => number): number => sum(scores.map(read)) / scores.length;
  return {
    requests: mean((score) => score.requests),
    meanS: mean((score) => score.meanS),
    p50S: mean((score) => score.p50S),
    p90S: mean((score) => score.p90S),
    p99S: mean((score) => score.p99S),
    hitPercent: mean((score) => score.hitPercent),
    goalPercent: mean((score) => score.goalPercent),
  };
}

export function tokenS({ outputTokens, finishedS, firstTokenS }: ReplayRequest): number {
  return outputTokens > 1 ? (finishedS - firstTokenS) / (outputTokens - 1) : 0;
}

export function waitS(request: ReplayRequest): number {
  return request.firstTokenS - request.arrivalS;
}

function meetsGoal(request: ReplayRequest): boolean {
  return waitS(request) <= 2 + request.promptTokens / 8_000 && tokenS(request) <= 0.1;
}

/** Linearly interpolated, as numpy does it. */
function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
