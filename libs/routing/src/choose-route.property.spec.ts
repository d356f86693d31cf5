// What must hold for every fleet, load, query and policy.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FleetSnapshot, WorkerLoad, WorkerView } from '#workers';
import { faultOf, samplePool, sampleWorker } from '../test/sample-fleet.ts';
import { chooseRoute } from './choose-route.ts';
import { placementCost } from './placement-cost.ts';
import type { Route, RouteDecision, RoutePolicy, RouteQuery, WhyNot } from './route.ts';
import { isFull, isRoutable } from './worker-room.ts';

const FACTORS = [1, 2, 4];

/** Small steps, so that workers come close to each other and every term can tip the balance. */
const load: fc.Arbitrary<WorkerLoad> = fc.record({
  requests: fc.nat(20),
  promptTokens: fc.nat(400_000),
  queuedTokens: fc.oneof(fc.constantFrom(0, 1_000, 2_000), fc.nat(30_000)),
  kvTokensUsed: fc.oneof(fc.constantFrom(0, 100_000), fc.nat(500_000)),
  kvTokens: fc.constantFrom(100_000, 450_000),
  scrapedKvUsage: fc.constant(null),
});

const rarely = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const worker = fc.record({
  load,
  state: rarely<WorkerView['state']>('ready', 'starting', 'down', 'draining', 'quarantined'),
  share: rarely(1, 0.5, 0.05),
  isRefusing: rarely(false, true),
  isStalled: rarely(false, true),
  breaker: rarely<WorkerView['breaker']>('closed', 'open', 'half-open'),
  matched: fc.nat(40),
});

/** Windows are drawn, not those of YaRN: the rules must not lean on a longer rope having a longer window. */
const fleet: fc.Arbitrary<FleetSnapshot> = fc
  .uniqueArray(
    fc.record({
      factor: fc.constantFrom(...FACTORS),
      windowTokens: fc.constantFrom(4_096, 32_768, 40_960, 65_536, 131_072),
      workers: fc.array(worker, { maxLength: 7 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ factor }) => factor },
  )
  .map((pools) => ({
    pools: pools.map(({ factor, windowTokens, workers }) =>
      samplePool(
        factor,
        windowTokens,
        workers.map(({ matched, ...sample }, at) =>
          sampleWorker(`http://w${factor}-${at}`, {
            ...sample,
            matchPrefix: ({ hashes }) => Math.min(matched, hashes.length),
          }),
        ),
      ),
    ),
  }));

const stated = fc.record({
  tokens: fc.oneof(fc.nat(2_000), fc.nat(150_000)),
  source: fc.constantFrom('max_completion_tokens', 'max_tokens'),
});

const query: fc.Arbitrary<RouteQuery> = fc
  .record({
    promptTokens: fc.oneof(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 140_000 }),
      fc.constantFrom(40_959, 40_960, 131_071, 131_072),
    ),
    statedOutput: fc.option(stated),
    kind: fc.constantFrom('chat', 'text'),
    answers: fc.constantFrom(1, 1, 1, 4),
    pinnedPool: fc.option(fc.constantFrom('default', 'yarn-2', 'yarn-4', 'none'), { freq: 3 }),
    scope: fc.constant(null),
    chunks: fc.nat(40),
    waitedMs: fc.constantFrom(0, 100, 500, 60_000),
    excluded: fc.subarray(['http://w1-0', 'http://w2-1', 'http://w4-0'], { maxLength: 2 }),
    tieBreak: fc.nat(1_000),
  })
  .map(({ chunks, ...rest }) => ({
    model: 'qwq-32b',
    ...rest,
    chain: {
      hashes: Array.from({ length: chunks }, (_, at) => at),
      tokensPerChunk: rest.promptTokens / (chunks + 0.5),
    },
  }));

const policy: fc.Arbitrary<RoutePolicy> = fc.record({
  assumedOutputTokens: fc.constantFrom(1, 4_096, 8_192, 32_768, 200_000),
  overBudget: fc.constantFrom('refuse', 'clip'),
  spillAfterMs: fc.constantFrom(null, 0, 500),
  fullQueuedTokens: fc.constantFrom(2_048, 16_384),
});

const RUNS = { numRuns: 2_000 };

it('never chooses a pool whose window is below the demand, nor one the prompt leaves no room in', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute(asked, snapshot, rules);
      if (decision.kind === 'refuse') return;
      expect(decision.pool.windowTokens).toBeGreaterThanOrEqual(decision.demand.tokens);
      expect(decision.pool.windowTokens).toBeGreaterThan(asked.promptTokens);
      if (asked.statedOutput && decision.clippedOutput === null) {
        expect(decision.demand.outputBudget).toBe(asked.statedOutput.tokens);
      }
    }),
    RUNS,
  );
});

it('never chooses a larger rope while a smaller one fits and has room, unless it was asked for', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute({ ...asked, pinnedPool: null }, snapshot, rules);
      if (decision.kind !== 'dispatch') return;
      const smaller = snapshot.pools.filter(
        ({ rope, windowTokens }) =>
          rope.factor < decision.pool.rope.factor &&
          windowTokens >= decision.demand.tokens &&
          windowTokens > asked.promptTokens,
      );
      expect(
        smaller.filter(({ workers }) => workers.some((each) => hasRoom(each, asked, decision, rules))),
      ).toEqual([]);
      // Below a rope that fits and has no room, only the next one up may be taken, and only by a spill that is due.
      if (smaller.length > 0) {
        expect(decision.reason).toBe('spill');
        expect(asked.waitedMs).toBeGreaterThanOrEqual(rules.spillAfterMs ?? Number.POSITIVE_INFINITY);
        expect(smaller).toHaveLength(1);
      }
    }),
    RUNS,
  );
});

it('dispatches whenever a pool of the smallest fitting rope has room', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute(asked, snapshot, rules);
      if (decision.kind !== 'wait') return;
      expect(decision.pool.workers.some((each) => hasRoom(each, asked, decision, rules))).toBe(false);
      expect(decision.unavailable && decision.pool.workers.some((each) => isRoutable(each, asked))).toBe(
        false,
      );
    }),
    RUNS,
  );
});

it('never sends to a worker that may not be used, and ranks each at most once', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute(asked, snapshot, rules);
      if (decision.kind !== 'dispatch') return;
      const ids = decision.workers.map(({ worker: { id } }) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
      for (const ranked of decision.workers) {
        expect(decision.pool.workers).toContain(ranked.worker);
        expect(isRoutable(ranked.worker, asked)).toBe(true);
        expect(ranked.worker.isRefusing).toBe(false);
        expect(ranked.uncachedTokens).toBeGreaterThanOrEqual(1);
        expect(ranked.uncachedTokens).toBeLessThanOrEqual(asked.promptTokens);
      }
    }),
    RUNS,
  );
});

it('puts the cheapest of the usable workers first', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute(asked, snapshot, rules);
      const [first] = decision.kind === 'dispatch' ? decision.workers : [];
      if (decision.kind !== 'dispatch' || !first) return;
      const usable = decision.pool.workers.filter((each) => isRoutable(each, asked) && !each.isRefusing);
      const costs = usable.map((each) => placementCost(each, uncachedOn(each, asked)));
      expect(placementCost(first.worker, first.uncachedTokens)).toBe(Math.min(...costs));
    }),
    RUNS,
  );
});

it('never finds a worker more attractive for having more load', () => {
  const more = fc.record({
    requests: fc.oneof(fc.constant(0), fc.nat(30)),
    promptTokens: fc.oneof(fc.constant(0), fc.nat(50_000)),
    queuedTokens: fc.oneof(fc.constant(0), fc.nat(20_000)),
    kvTokensUsed: fc.oneof(fc.constant(0), fc.nat(100_000)),
  });
  fc.assert(
    fc.property(query, fleet, policy, more, fc.nat(11), (asked, snapshot, rules, extra, which) => {
      const workers = snapshot.pools.flatMap((pool) => pool.workers);
      const loaded = workers[which % (workers.length || 1)];
      if (!loaded) return;
      const before = placeOf(loaded.id, chooseRoute(asked, snapshot, rules));
      const after = placeOf(loaded.id, chooseRoute(asked, withLoad(snapshot, loaded.id, extra), rules));
      expect(after).toBeGreaterThanOrEqual(before);
    }),
    RUNS,
  );
});

it('names the true largest window whenever it refuses for length', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const fault = faultOf(chooseRoute({ ...asked, pinnedPool: null }, snapshot, rules));
      if (fault.code !== 'context_length_exceeded') return;
      const largest = Math.max(...snapshot.pools.map(({ windowTokens }) => windowTokens));
      expect(fault.message).toContain(`maximum context length is ${largest} tokens`);
      expect(fault.message).toContain(`contains ${asked.promptTokens} input tokens`);
      expect(largest).toBeLessThan(asked.promptTokens + Math.max(1, asked.statedOutput?.tokens ?? 1));
    }),
    RUNS,
  );
});

it('takes the pinned pool or refuses; it never takes another', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute({ ...asked, pinnedPool: 'yarn-2' }, snapshot, rules);
      if (decision.kind === 'refuse') {
        expect(['pool_not_found', 'pool_too_small', 'context_length_exceeded']).toContain(
          decision.fault.code,
        );
      } else {
        expect(decision.pool.name).toBe('yarn-2');
        expect(decision.reason).toBe('pinned');
      }
    }),
    RUNS,
  );
});

it('chooses exactly one pool when it dispatches, and says of every other why not', () => {
  const scope = fc.option(
    fc.record({
      pools: fc.option(fc.subarray(['default', 'yarn-2', 'yarn-4'])),
      maxWindowTokens: fc.option(fc.constantFrom(40_960, 65_536)),
    }),
  );
  const seen = new Set<WhyNot | null>();
  fc.assert(
    fc.property(query, scope, fleet, policy, (asked, within, snapshot, rules) => {
      const decision = chooseRoute({ ...asked, scope: within }, snapshot, rules);
      const chosen = decision.pools.filter((fit) => fit.whyNot === null).map(({ name }) => name);
      expect(chosen).toEqual(decision.kind === 'refuse' ? [] : [decision.pool.name]);
      for (const { name, rope, fits, headroom, whyNot } of decision.pools) {
        seen.add(whyNot);
        expect(whyNot === 'too-short').toBe(!fits);
        if (!fits) expect(headroom).toBeLessThanOrEqual(0);
        if (whyNot === 'not-pinned') expect([null, name]).not.toContain(asked.pinnedPool);
        if (whyNot === 'out-of-scope') expect(within).not.toBeNull();
        if (decision.kind === 'refuse') {
          expect(['too-short', 'out-of-scope', 'not-pinned']).toContain(whyNot);
          continue;
        }
        if (whyNot === 'larger-rope') expect(rope.factor).toBeGreaterThan(decision.pool.rope.factor);
        // It went up one, past the pool that fits, or waits for another than that one up.
        if (whyNot === 'full' || whyNot === 'no-ready-worker' || whyNot === 'failed')
          expect(decision.kind === 'wait' || decision.reason === 'spill').toBe(true);
      }
    }),
    RUNS,
  );
  // Which words chance brings is why-not.spec.ts's to say; that it brings several shows that something was looked at.
  expect(seen.size).toBeGreaterThan(3);
});

it('decides the same for the same values, whatever order the pools come in', () => {
  fc.assert(
    fc.property(query, fleet, policy, (asked, snapshot, rules) => {
      const decision = chooseRoute(asked, snapshot, rules);
      expect(chooseRoute(asked, snapshot, rules)).toEqual(decision);
      expect(chooseRoute(asked, { pools: snapshot.pools.toReversed() }, rules)).toEqual(decision);
    }),
    RUNS,
  );
});

function hasRoom(view: WorkerView, asked: RouteQuery, decision: Route, rules: RoutePolicy): boolean {
  const uncached = uncachedOn(view, asked);
  const kvTokens = decision.demand.tokens * asked.answers;
  return (
    isRoutable(view, asked) && !view.isRefusing && !isFull(view, uncached, kvTokens, rules.fullQueuedTokens)
  );
}

function uncachedOn(view: WorkerView, { chain, promptTokens }: RouteQuery): number {
  if (chain === null) return promptTokens;
  return Math.max(1, Math.ceil(promptTokens - view.matchPrefix(chain) * chain.tokensPerChunk));
}

/** Place in the ranking, first = 0; infinite when not named. */
function placeOf(id: string, decision: RouteDecision): number {
  if (decision.kind !== 'dispatch') return Number.POSITIVE_INFINITY;
  const place = decision.workers.findIndex((ranked) => ranked.worker.id === id);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

function withLoad(
  snapshot: FleetSnapshot,
  id: string,
  extra: Omit<WorkerLoad, 'kvTokens' | 'scrapedKvUsage'>,
): FleetSnapshot {
  const heavier = (view: WorkerView): WorkerView => ({
    ...view,
    load: {
      requests: view.load.requests + extra.requests,
      promptTokens: view.load.promptTokens + extra.promptTokens,
      queuedTokens: view.load.queuedTokens + extra.queuedTokens,
      kvTokensUsed: view.load.kvTokensUsed + extra.kvTokensUsed,
      kvTokens: view.load.kvTokens,
      scrapedKvUsage: null,
    },
  });
  return {
    pools: snapshot.pools.map((pool) => ({
      ...pool,
      workers: pool.workers.map((view) => (view.id === id ? heavier(view) : view)),
    })),
  };
}
