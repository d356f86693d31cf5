import { describe, expect, it } from '@jest/globals';
import { LoadCounters } from './load-counters.ts';

/** One request of 1,000 prompt tokens that runs, one of 4,000 that waits. */
function aLoad() {
  const load = new LoadCounters(100_000);
  load.add(1_000, 1_000, 1_000);
  load.startRunning(1_000, 1_000);
  load.add(4_000, 3_000, 4_000);
  return load;
}

describe('LoadCounters', () => {
  it('queues the uncached tokens of requests without a first token only', () => {
    expect(aLoad()).toMatchObject({ requests: 2, promptTokens: 5_000, queuedTokens: 3_000 });
  });

  it('adds the KV that others use', () => {
    const load = aLoad();
    load.correct(20_000, load.own(), load.own());
    expect(load.kvTokensUsed).toBe(20_000);
    load.grow(50);
    expect(load.kvTokensUsed).toBe(20_050);
  });

  it('takes off what our running requests share', () => {
    const load = aLoad();
    load.correct(400, load.own(), load.own());
    expect(load.kvTokensUsed).toBe(4_400);
  });

  it('corrects nothing while our own waiting requests explain the difference', () => {
    const load = aLoad();
    for (const used of [1_000, 2_500, 5_000]) {
      load.correct(used, load.own(), load.own());
      expect(load.kvTokensUsed).toBe(5_000);
    }
  });

  it('does not take a request that ended during the scrape for the load of others', () => {
    const load = aLoad();
    const before = load.own();
    load.remove(1_000, 1_000);
    load.correct(5_000, before, load.own());
    expect(load.kvTokensUsed).toBe(4_000);
  });

  it('never believes in less than nothing', () => {
    const load = aLoad();
    load.correct(0, load.own(), load.own());
    load.remove(1_000, 1_000);
    load.startRunning(3_000, 4_000);
    load.remove(4_000, 4_000);
    expect(load.kvTokensUsed).toBe(0);
    load.forgetCorrection();
    expect(load).toMatchObject({ requests: 0, promptTokens: 0, queuedTokens: 0, kvTokensUsed: 0 });
  });
});
