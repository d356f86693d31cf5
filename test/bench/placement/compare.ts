// Replays one slice under every policy, side by side.

import type { GatewayBook } from './gateway-book.ts';
import { costReference, leastRequests, roundRobin } from './reference-policies.ts';
import { type PlacementPolicy, type ReplayOptions, replay } from './replay.ts';
import { RopewayPolicy, SPLIT_5_3 } from './ropeway-policy.ts';
import { meanScore, type Score, scoreOf } from './score.ts';
import { missedBars, type Slice } from './slices.ts';
import { loadTrace } from './trace.ts';

export interface ComparedRow {
  readonly policy: string;
  readonly score: Score;
  /** Requests that waited in the gateway. */
  readonly parked: number;
  /** Bars missed, in words, and what else must not happen. */
  readonly missed: readonly string[];
}

/**
 * Equal costs are drawn at random in the reference policies: mean of three seeds. Ropeway's own takes turns: one run.
 */
const SEEDS = [1, 2, 3];
const WORKERS = 8;

export function compare(slice: Slice): ComparedRow[] {
  return [
    reference('round robin', slice, [0], (book) => roundRobin(book)),
    reference('least requests', slice, SEEDS, leastRequests),
    reference('cost3~ reference', slice, SEEDS, costReference),
    ropewayRow('ropeway, in order', slice, { workers: WORKERS }),
    ropewayRow('ropeway, first fit', slice, { workers: WORKERS, overtaking: true }),
    ...(slice.bars ? [splitRow(slice)] : []),
  ];
}

/** Ropeway's own core on one pool of eight, as the bars want it. */
export function replayRopeway(slice: Slice, options: ReplayOptions): { score: Score; parked: number } {
  const requests = loadTrace(slice.trace, slice.compression);
  const { parked } = replay(requests, (book) => new RopewayPolicy(book), options);
  return { score: scoreOf(requests), parked };
}

function ropewayRow(policy: string, slice: Slice, options: ReplayOptions): ComparedRow {
  const { score, parked } = replayRopeway(slice, options);
  return { policy, score, parked, missed: slice.bars ? missedBars(score, slice.bars) : [] };
}

/** Two pools, where length decides: no bar on time, but no request may land in a window it does not fit. */
function splitRow(slice: Slice): ComparedRow {
  const requests = loadTrace(slice.trace, slice.compression);
  const ropeway = (book: GatewayBook): RopewayPolicy => new RopewayPolicy(book, { layout: SPLIT_5_3 });
  const { parked, policy } = replay(requests, ropeway, { workers: WORKERS });
  const missed =
    policy.misplaced > 0 ? [`${policy.misplaced} requests in a pool whose window they do not fit`] : [];
  return { policy: 'ropeway, 5 default + 3 yarn-4', score: scoreOf(requests), parked, missed };
}

function reference(
  policy: string,
  slice: Slice,
  seeds: readonly number[],
  policyOf: (book: GatewayBook, seed: number) => PlacementPolicy,
): ComparedRow {
  const scores = seeds.map((seed) => {
    const requests = loadTrace(slice.trace, slice.compression);
    replay(requests, (book) => policyOf(book, seed), { workers: WORKERS });
    return scoreOf(requests);
  });
  return { policy, score: meanScore(scores), parked: 0, missed: [] };
}
