// The model the bars are measured on, against queueing theory and against cases small enough to work out by hand.
import { describe, expect, it } from '@jest/globals';
import {
  ENGINE,
  EngineModel,
  type EngineOptions,
  WaitQueue,
} from '../../../test/bench/placement/engine-model.ts';
import type { GatewayBook } from '../../../test/bench/placement/gateway-book.ts';
import {
  costReference,
  leastRequests,
  roundRobin,
} from '../../../test/bench/placement/reference-policies.ts';
import { type PlacementPolicy, replay } from '../../../test/bench/placement/replay.ts';
import { type ReplayRequest, replayRequest } from '../../../test/bench/placement/replay-request.ts';
import { tokenS, waitS } from '../../../test/bench/placement/score.ts';
import { loadTrace } from '../../../test/bench/placement/trace.ts';
import { seededRandom } from '../../../test/seeded-random.ts';

/** Constant service of one second: 8,000 tokens in 16 chunks of 62.5 ms, one token of answer. */
const ONE_SECOND: EngineOptions = { ...ENGINE, chunkTokens: 500 };

describe('queueing theory', () => {
  it('waits as M/D/1 with one worker: 1 + rho / (2 (1 - rho)) = 2.167 s at rho 0.7', () => {
    const requests = poisson(40_000, 0.7, 1);
    replay(requests, roundRobin, { workers: 1, engine: ONE_SECOND });
    expect(Math.abs(mean(requests.map(waitS)) - 2.167)).toBeLessThan(0.12);
  });

  it('waits as M/D/8 with one queue for all, more by least requests, most at random', () => {
    const central = centralQueue(poisson(40_000, 5.6, 2));
    const least = poisson(40_000, 5.6, 2);
    replay(least, (book) => leastRequests(book, 1), { workers: 8, engine: ONE_SECOND });
    const random = poisson(40_000, 5.6, 2);
    replay(random, (book) => atRandom(book), { workers: 8, engine: ONE_SECOND });
    expect(Math.abs(central - 1.056)).toBeLessThan(0.02);
    expect(mean(least.map(waitS))).toBeGreaterThan(central);
    expect(mean(random.map(waitS))).toBeGreaterThan(mean(least.map(waitS)));
    expect(Math.abs(mean(random.map(waitS)) - 2.167)).toBeLessThan(0.12);
  });
});

describe('one worker', () => {
  it('gives an idle worker’s first token after its prefill, then one token a step', () => {
    const request = replayRequest(0, 512, 1_000, []);
    replay([request], roundRobin, { workers: 1 });
    expect(waitS(request)).toBeCloseTo(0.064, 9);
    expect(tokenS(request)).toBeCloseTo(0.0251, 9);
  });

  const chained = [1, 2, 3, 4, 5];
  const parted = [1, 2, 3, 4, 6];
  it.each<[string, number, [number, number, number[]][], number[]]>([
    [
      're-uses the whole common head',
      878,
      [
        [0, 2_049, chained],
        [60, 2_049, parted],
      ],
      [0, 2_048],
    ],
    [
      'forgets what another prompt of the size of the cache pushed out',
      5,
      [
        [0, 2_049, chained],
        [60, 2_049, [11, 12, 13, 14, 15]],
        [120, 2_049, parted],
      ],
      [0, 0, 0],
    ],
    [
      'loses tails first',
      6,
      [
        [0, 2_049, chained],
        [60, 1_025, [11, 12, 13]],
        [120, 2_049, parted],
      ],
      [0, 0, 1_536],
    ],
  ])('%s', (_, kvBlocks, prompts, hits) => {
    const requests = prompts.map(([atS, promptTokens, blocks]) =>
      replayRequest(atS, promptTokens, 1, blocks),
    );
    replay(requests, roundRobin, { workers: 1, engine: { ...ENGINE, kvBlocks } });
    expect(requests.map(({ hitTokens }) => hitTokens)).toEqual(hits);
  });

  it('lets nobody overtake a prompt that waits for KV', () => {
    const engine = { ...ENGINE, kvBlocks: 10 };
    const requests = [
      replayRequest(0, 2_000, 400, []),
      replayRequest(0.1, 4_000, 10, []),
      replayRequest(0.2, 100, 10, []),
    ];
    replay(requests, roundRobin, { workers: 1, engine });
    const [first, blocked, small] = requests;
    expect(blocked?.firstTokenS).toBeGreaterThan(first?.finishedS ?? Number.NaN);
    expect(small?.firstTokenS).toBeGreaterThanOrEqual(blocked?.firstTokenS ?? Number.NaN);
  });
});

describe('the whole trace', () => {
  it('loses no request, leaks no KV, and computes what it does not find', () => {
    const requests = loadTrace('open-mooncake-conversation-a', 1.48);
    const { engines } = replay(requests, (book) => costReference(book, 1), { workers: 8 });
    expect(requests).toHaveLength(5_606);
    expect(requests.filter(({ finishedS }) => Number.isNaN(finishedS))).toEqual([]);
    expect(engines.map(({ usedBlocks }) => usedBlocks)).toEqual(Array.from({ length: 8 }, () => 0));
    const computed = sum(engines.map(({ computedTokens }) => computedTokens));
    expect(computed + sum(requests.map(({ hitTokens }) => hitTokens))).toBe(
      sum(requests.map(({ promptTokens }) => promptTokens)),
    );
    const most = seenBefore(requests);
    expect(requests.filter(({ hitTokens }, at) => hitTokens > (most[at] ?? 0))).toEqual([]);
  });

  it('is the same run every time', () => {
    const run = (): number[] => {
      const requests = loadTrace('open-mooncake-conversation-a', 1.151);
      replay(requests, (book) => costReference(book, 7), { workers: 8 });
      return requests.map(({ firstTokenS }) => firstTokenS);
    };
    expect(run()).toEqual(run());
  });

  it.each([
    [1.151, 5.069],
    [1.48, 38.257],
  ])('at compression %d round robin has the study’s mean wait, %d s', (compression, meanS) => {
    const requests = loadTrace('open-mooncake-conversation-a', compression);
    replay(requests, roundRobin, { workers: 8 });
    expect(mean(requests.slice(840).map(waitS))).toBeCloseTo(meanS, 3);
  });
});

function poisson(count: number, rate: number, seed: number): ReplayRequest[] {
  const random = seededRandom(seed);
  let atS = 0;
  return Array.from({ length: count }, () => {
    atS -= Math.log(1 - random()) / rate;
    return replayRequest(atS, 8_000, 1, []);
  });
}

/** Eight workers that pull from one line; the mean wait. */
function centralQueue(requests: readonly ReplayRequest[]): number {
  const waiting = new WaitQueue();
  const silent = { firstToken() {}, finished() {}, decoded() {} };
  const engines = Array.from({ length: 8 }, () => new EngineModel(ONE_SECOND, silent, waiting));
  const runUntil = (untilS: number): void => {
    for (;;) {
      const first = engines.reduce((a, b) => (b.stepEndsS < a.stepEndsS ? b : a));
      if (first.stepEndsS >= untilS) return;
      first.endStep();
    }
  };
  for (const request of requests) {
    runUntil(request.arrivalS);
    waiting.push(request);
    engines.find((engine) => engine.stepEndsS === Number.POSITIVE_INFINITY)?.wake(request.arrivalS);
  }
  runUntil(Number.POSITIVE_INFINITY);
  return mean(requests.map(waitS));
}

function atRandom(book: GatewayBook): PlacementPolicy {
  const random = seededRandom(3);
  return {
    place: ({ promptTokens }) => ({
      worker: Math.floor(random() * book.workers.length),
      uncachedTokens: promptTokens,
    }),
  };
}

/** Tokens of each prompt a cache that never forgets would hold from the requests before it. */
function seenBefore(requests: readonly ReplayRequest[]): number[] {
  const seen = new Set<number>();
  return requests.map(({ blocks, fullBlocks }) => {
    let hits = 0;
    while (hits < fullBlocks && seen.has(blocks[hits] ?? Number.NaN)) hits++;
    for (const block of blocks.slice(0, fullBlocks)) seen.add(block);
    return 512 * hits;
  });
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
