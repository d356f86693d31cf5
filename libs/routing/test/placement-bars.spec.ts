// The bars of `npm run bench:placement`, held on every run of the unit tests: a whole replay is under a second.
import { expect, it } from '@jest/globals';
import { replayRopeway } from '../../../test/bench/placement/compare.ts';
import { costReference } from '../../../test/bench/placement/reference-policies.ts';
import { replay } from '../../../test/bench/placement/replay.ts';
import { RopewayPolicy, SPLIT_5_3 } from '../../../test/bench/placement/ropeway-policy.ts';
import { scoreOf } from '../../../test/bench/placement/score.ts';
import { missedBars, SLICES, type Slice } from '../../../test/bench/placement/slices.ts';
import { loadTrace } from '../../../test/bench/placement/trace.ts';

const judged = SLICES.filter(({ bars }) => bars !== null);

it.each(judged.map((slice) => [slice.name, slice] as const))('clears every bar on %s', (_, slice) => {
  for (const overtaking of [false, true]) {
    const { score } = replayRopeway(slice, { workers: 8, overtaking });
    expect(slice.bars && missedBars(score, slice.bars)).toEqual([]);
  }
});

it('finds as much in the caches as the reference, and waits no longer than a tenth more', () => {
  for (const slice of judged) {
    const { score } = replayRopeway(slice, { workers: 8 });
    const reference = referenceScore(slice);
    expect(score.meanS).toBeLessThan(1.1 * reference.meanS);
    expect(score.hitPercent).toBeGreaterThan(0.95 * reference.hitPercent);
  }
});

it('sends nothing to a window it does not fit, whatever the load', () => {
  const requests = loadTrace('open-mooncake-conversation-a', 1.48);
  const { policy } = replay(requests, (book) => new RopewayPolicy(book, { layout: SPLIT_5_3 }), {
    workers: 8,
  });
  expect(requests.filter(({ finishedS }) => Number.isNaN(finishedS))).toEqual([]);
  expect(policy.misplaced).toBe(0);
});

function referenceScore({ trace, compression }: Slice): ReturnType<typeof scoreOf> {
  const requests = loadTrace(trace, compression);
  replay(requests, (book) => costReference(book, 1), { workers: 8 });
  return scoreOf(requests);
}
