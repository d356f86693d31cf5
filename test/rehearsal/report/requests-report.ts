// What became of all requests, in numbers.
import type { Outcome, SentAgain } from '../load/outcome.ts';
import { quantile } from './quantile.ts';

interface Latency {
  readonly requests: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface RequestsReport {
  readonly sent: number;
  readonly answered: number;
  readonly cutByKilledGateway: number;
  /** By cause; none of them may be. */
  readonly failed: Readonly<Record<string, number>>;
  readonly sentAgain: Readonly<Partial<Record<SentAgain, number>>>;
  /** Answered, by the pool they went to. */
  readonly byPool: Readonly<Record<string, number>>;
  /** Answered by another pool than the one they need. */
  readonly misrouted: number;
  readonly firstToken: { readonly warm: Latency; readonly cold: Latency };
}

export function requestsReport(outcomes: readonly Outcome[]): RequestsReport {
  const answered = outcomes.filter(({ ending }) => ending.kind === 'answered');
  return {
    sent: outcomes.length,
    answered: answered.length,
    cutByKilledGateway: outcomes.filter(({ ending }) => ending.kind === 'cut-by-kill').length,
    failed: countBy(outcomes.flatMap(({ ending }) => (ending.kind === 'failed' ? [ending.cause] : []))),
    sentAgain: countBy(outcomes.flatMap(({ sentAgain }) => sentAgain)),
    byPool: countBy(answered.map(({ pool }) => pool ?? 'none')),
    misrouted: answered.filter(({ pool, need }) => pool !== need).length,
    firstToken: {
      warm: latencyOf(answered.filter(({ isCold }) => !isCold)),
      cold: latencyOf(answered.filter(({ isCold }) => isCold)),
    },
  };
}

function latencyOf(outcomes: readonly { readonly firstTokenMs: number | null }[]): Latency {
  const times = outcomes.flatMap(({ firstTokenMs }) => firstTokenMs ?? []);
  return { requests: times.length, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

function countBy<Word extends string>(
  words: readonly Word[],
): Partial<Record<Word, number>> & Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts as Partial<Record<Word, number>> & Record<string, number>;
}
