import { describe, expect, it } from '@jest/globals';
import {
  FULL,
  POLICY,
  type SampleWorker,
  sampleQuery,
  statingQuery,
  summary,
  threePools,
} from '../test/sample-fleet.ts';
import { chooseRoute } from './choose-route.ts';
import type { RouteQuery } from './route.ts';

const chain = { hashes: Array.from({ length: 40 }, (_, at) => at), tokensPerChunk: 250 };

function ranked(workers: SampleWorker[], query: RouteQuery = statingQuery(10_000, 100, { chain })): unknown {
  return summary(chooseRoute(query, threePools({ 1: workers }), POLICY));
}

describe('inside a pool', () => {
  it('prefers the shorter queue of prompt tokens to the fewer requests', () => {
    const long = { load: { requests: 1, queuedTokens: 12_000 } };
    const short = { load: { requests: 8, queuedTokens: 500 } };
    expect(ranked([long, short])).toMatchObject({ workers: ['http://w1-1', 'http://w1-0'] });
  });

  it('prefers the worker that holds the prefix, until its queue outweighs that', () => {
    const holding = (queuedTokens: number): SampleWorker => ({
      matchPrefix: () => 32,
      load: { requests: 1, queuedTokens },
    });
    expect(ranked([{}, holding(10_000)])).toMatchObject({ workers: ['http://w1-1', 'http://w1-0'] });
    expect(ranked([{}, holding(16_000)])).toMatchObject({ workers: ['http://w1-0', 'http://w1-1'] });
  });

  it('prefers the emptier KV at equal queues', () => {
    const used = (kvTokensUsed: number): SampleWorker => ({ load: { requests: 1, kvTokensUsed } });
    expect(ranked([used(300_000), used(200_000)])).toMatchObject({ workers: ['http://w1-1', 'http://w1-0'] });
  });

  it('gives a worker just back its share gradually', () => {
    const busy = { load: { requests: 1, queuedTokens: 4_000 } };
    const back = (share: number) => ({ share, load: { requests: 1, queuedTokens: 1_000 } });
    expect(ranked([back(0.2), busy])).toMatchObject({ workers: ['http://w1-1', 'http://w1-0'] });
    expect(ranked([back(0.8), busy])).toMatchObject({ workers: ['http://w1-0', 'http://w1-1'] });
  });

  it('does not pile long prompts on the first worker that woke, while the next has nothing', () => {
    const long = statingQuery(90_000, 100);
    const first = { share: 0.12, load: { requests: 1, queuedTokens: 90_000 } };
    expect(summary(chooseRoute(long, threePools({ 4: [first, { share: 0.1 }] }), POLICY))).toMatchObject({
      workers: ['http://w4-1', 'http://w4-0'],
    });
  });

  it('lets equals take turns, and the fewer requests go first', () => {
    const first = [0, 1, 2, 3].map((tieBreak) => {
      const decision = chooseRoute(sampleQuery(100, { tieBreak }), threePools({ 1: [{}, {}, {}] }), POLICY);
      return decision.kind === 'dispatch' ? decision.workers[0]?.worker.id : null;
    });
    expect(first).toEqual(['http://w1-0', 'http://w1-1', 'http://w1-2', 'http://w1-0']);
    const heavier = { load: { requests: 1, queuedTokens: 0 } };
    const lighter = { load: { requests: 0, queuedTokens: 100 } };
    expect(ranked([heavier, lighter])).toMatchObject({ workers: ['http://w1-1', 'http://w1-0'] });
  });

  it('names at most three, best first', () => {
    const queued = [500, 100, 400, 200, 300].map((queuedTokens) => ({ load: { requests: 1, queuedTokens } }));
    expect(ranked(queued)).toMatchObject({ workers: ['http://w1-1', 'http://w1-3', 'http://w1-4'] });
  });

  it('tells the uncached tokens of each, never fewer than one', () => {
    const decision = chooseRoute(
      statingQuery(10_000, 100, { chain }),
      threePools({ 1: [{ matchPrefix: () => 40 }, { matchPrefix: () => 10 }] }),
      POLICY,
    );
    expect(decision).toMatchObject({ workers: [{ uncachedTokens: 1 }, { uncachedTokens: 7_500 }] });
  });
});

describe('never given work', () => {
  it.each<[string, SampleWorker]>([
    ['one that is starting', { state: 'starting' }],
    ['one that drains', { state: 'draining' }],
    ['one in quarantine', { state: 'quarantined' }],
    ['one that makes no progress', { isStalled: true }],
    ['one whose breaker is open', { breaker: 'open' }],
  ])('%s', (_, worker) => {
    expect(ranked([worker])).toMatchObject({ wait: ['default'], unavailable: true });
    const busy = { load: { requests: 5, queuedTokens: 6_000 } };
    expect(ranked([worker, busy])).toMatchObject({ workers: ['http://w1-1'] });
  });

  it('one that failed this request', () => {
    const query = sampleQuery(10, { excluded: ['http://w1-0'] });
    expect(ranked([{}, { load: { requests: 9 } }], query)).toMatchObject({ workers: ['http://w1-1'] });
  });

  it('one that just said its queue is full, though it is not gone', () => {
    expect(ranked([{ isRefusing: true }])).toMatchObject({ wait: ['default'], unavailable: false });
    expect(ranked([{ isRefusing: true }, { load: { requests: 5 } }])).toMatchObject({
      workers: ['http://w1-1'],
    });
  });

  it('but a half-open one gets its probe, though an older request still runs there', () => {
    expect(ranked([{ breaker: 'half-open', load: { requests: 1 } }])).toMatchObject({
      workers: ['http://w1-0'],
    });
  });
});

describe('full', () => {
  it.each<[string, SampleWorker['load'], boolean]>([
    ['nothing queued, however long the prompt', {}, false],
    ['queue and prompt together at the limit', { requests: 1, queuedTokens: 6_384 }, false],
    ['queue and prompt together above it', { requests: 1, queuedTokens: 6_385 }, true],
    ['KV that just takes the demand', { requests: 1, kvTokensUsed: 439_900 }, false],
    ['KV one token short', { requests: 1, kvTokensUsed: 439_901 }, true],
    ['KV of unknown size', { requests: 1, kvTokensUsed: 439_901, kvTokens: 0 }, false],
    ['empty KV smaller than the demand', { kvTokens: 5_000 }, false],
  ])('%s', (_, load, full) => {
    expect(ranked([{ load: load ?? {} }])).toMatchObject(
      full ? { wait: ['default'] } : { workers: ['http://w1-0'] },
    );
  });

  it('is each gateway’s own part of the queue where several share a worker', () => {
    const queue = (queuedTokens: number): SampleWorker[] => [{ load: { requests: 1, queuedTokens } }];
    const shared = statingQuery(4_000, 100, { gateways: 2 });
    expect(ranked(queue(4_192), shared)).toMatchObject({ workers: ['http://w1-0'] });
    expect(ranked(queue(4_193), shared)).toMatchObject({ wait: ['default'] });
    expect(ranked(queue(4_193), statingQuery(4_000, 100))).toMatchObject({ workers: ['http://w1-0'] });
  });

  it('is a worker just back at its share of the queue, but one request it always takes', () => {
    const back = (queuedTokens: number) => ranked([{ share: 0.8, load: { requests: 1, queuedTokens } }]);
    expect(back(3_107)).toMatchObject({ workers: ['http://w1-0'] });
    expect(back(3_108)).toMatchObject({ wait: ['default'] });
    expect(ranked([{ share: 0.1 }])).toMatchObject({ workers: ['http://w1-0'] });
  });

  it('counts the KV of every answer asked', () => {
    const query = statingQuery(10_000, 100, { answers: 3 });
    expect(ranked([{ load: { kvTokensUsed: 425_000 } }], query)).toMatchObject({ wait: ['default'] });
  });

  it('is the pool when all its workers are; a full worker that holds the prefix is not passed over', () => {
    const holder = { matchPrefix: () => 36, load: { ...FULL } };
    expect(ranked([holder, {}])).toMatchObject({ workers: ['http://w1-0', 'http://w1-1'] });
    expect(ranked([holder, { load: FULL }])).toMatchObject({ wait: ['default'] });
  });
});
