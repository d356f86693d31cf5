import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../clock.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { EngineLoop } from './engine-loop.ts';
import type { EngineObserver } from './engine-observer.ts';
import type { FinishReason, Work } from './sequence.ts';

const options: EngineOptions = {
  prefillTokensPerS: 8_000,
  stepMs: 25,
  stepPerSequenceMs: 0.1,
  maxBatchedTokens: 2_048,
  maxSequences: 256,
  kvTokens: 450_000,
  blockTokens: 16,
};

const silent: EngineObserver = {
  stepped: () => {},
  admitted: () => {},
  preempted: () => {},
  produced: () => {},
  finished: () => {},
};

function bench(changes: Partial<EngineOptions> = {}, observer: Partial<EngineObserver> = {}) {
  const clock = new VirtualClock();
  const engine = new Engine({ ...options, ...changes }, { ...silent, ...observer });
  return { clock, engine, loop: new EngineLoop(engine, clock) };
}

/** A request that notes when its tokens came. Its ids are `first`, `first + 1`, …, so that other firsts share nothing. */
class Noted implements Work {
  readonly promptIds: number[];
  readonly maxTokens: number;
  readonly cacheSalt: string;
  readonly timesMs: number[] = [];
  finish: FinishReason | null = null;
  hasFailed = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, promptTokens: number, maxTokens: number, first = 0, cacheSalt = '') {
    this.#clock = clock;
    this.promptIds = Array.from({ length: promptTokens }, (_, index) => first + index);
    this.maxTokens = maxTokens;
    this.cacheSalt = cacheSalt;
  }

  produce() {
    return { id: 9_000_000 + this.timesMs.length, ends: false };
  }

  produced(finish: FinishReason | null): void {
    this.timesMs.push(this.#clock.nowMs());
    this.finish = finish;
  }

  failed(): void {
    this.hasFailed = true;
  }
}

describe('time', () => {
  it('computes 512 tokens in 64 ms and then one token every 25.1 ms', () => {
    const { clock, loop } = bench({ stepPerSequenceMs: 0 });
    const work = new Noted(clock, 512, 3);
    loop.submit(work);
    clock.runOut();
    expect(work.timesMs.map((ms) => Math.round(ms))).toEqual([64, 89, 114]);
    expect(work.finish).toBe('length');
  });

  it('cuts a long prompt into chunks, between which others go on', () => {
    const { clock, loop } = bench({ stepPerSequenceMs: 0 });
    const short = new Noted(clock, 16, 40, 500_000);
    const long = new Noted(clock, 8_192, 1);
    loop.submit(short);
    clock.advanceTo(25);
    loop.submit(long);
    clock.runOut();
    const during = short.timesMs.filter((ms) => ms < (long.timesMs[0] ?? 0));
    // 8,192 tokens beside one running sequence: five chunks of at most 2,047.
    expect(during.length).toBeGreaterThanOrEqual(5);
  });

  it('is the same in every run', () => {
    const times = () => {
      const { clock, loop } = bench();
      const works = [700, 3_000, 40, 9_000].map(
        (tokens, index) => new Noted(clock, tokens, 20, index * 100_000),
      );
      for (const work of works) loop.submit(work);
      clock.runOut();
      return works.map((work) => work.timesMs);
    };
    expect(times()).toEqual(times());
  });
});

describe('queue', () => {
  it('serves in the order of arrival, and no more at once than allowed', () => {
    const { clock, engine, loop } = bench({ maxSequences: 2 });
    const works = [0, 1, 2].map((index) => new Noted(clock, 32, 5, index * 1_000));
    for (const work of works) loop.submit(work);
    clock.advanceTo(30);
    // The first arrived on an idle engine and began alone.
    expect([engine.runningCount, engine.waitingCount]).toEqual([2, 1]);
    clock.runOut();
    const firsts = works.map((work) => work.timesMs[0] ?? 0);
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    expect(engine.cache.usedBlocks).toBe(0);
  });

  it('lets nobody overtake a prompt that waits for KV', () => {
    const { clock, engine, loop } = bench({ kvTokens: 1_600 });
    loop.submit(new Noted(clock, 1_200, 10));
    clock.advanceTo(10);
    const big = new Noted(clock, 1_000, 1, 10_000);
    const small = new Noted(clock, 16, 1, 20_000);
    loop.submit(big);
    loop.submit(small);
    clock.advanceTo(200);
    expect(engine.waitingCount).toBe(2);
    clock.runOut();
    expect(big.timesMs[0]).toBeLessThanOrEqual(small.timesMs[0] ?? 0);
  });

  it('frees everything of a request whose client leaves, waiting or running', () => {
    const { clock, engine, loop } = bench({ maxSequences: 1 });
    const running = loop.submit(new Noted(clock, 320, 1_000));
    const waiting = loop.submit(new Noted(clock, 320, 1_000, 5_000));
    clock.advanceTo(500);
    engine.abort(waiting);
    engine.abort(running);
    clock.runOut();
    expect([engine.runningCount, engine.waitingCount, engine.cache.usedBlocks]).toEqual([0, 0, 0]);
  });
});

describe('prefix cache', () => {
  function cachedOf(tokens: readonly (readonly [number, number])[], changes: Partial<EngineOptions> = {}) {
    const { clock, loop } = bench({ blockTokens: 512, ...changes });
    return tokens.map(([length, first]) => {
      const sequence = loop.submit(new Noted(clock, length, 1, first));
      clock.runOut();
      return sequence.cachedTokens;
    });
  }

  it('finds the whole blocks of an earlier prompt, but always computes at least one token', () => {
    expect(
      cachedOf([
        [2_049, 0],
        [2_049, 0],
        [2_048, 0],
      ]),
    ).toEqual([0, 2_048, 1_536]);
  });

  it('evicts the tail of a chain before its head', () => {
    const kvTokens = 6 * 512;
    expect(
      cachedOf(
        [
          [2_049, 0],
          [1_025, 100_000],
          [2_049, 0],
        ],
        { kvTokens },
      ),
    ).toEqual([0, 0, 1_536]);
  });

  it('forgets a prompt when another needs all the room', () => {
    const kvTokens = 5 * 512;
    expect(
      cachedOf(
        [
          [2_049, 0],
          [2_049, 100_000],
          [2_049, 0],
        ],
        { kvTokens },
      ),
    ).toEqual([0, 0, 0]);
  });

  it('shares nothing between salts', () => {
    const { clock, loop } = bench();
    loop.submit(new Noted(clock, 64, 1, 0, 'one'));
    clock.runOut();
    const other = loop.submit(new Noted(clock, 64, 1, 0, 'two'));
    clock.runOut();
    expect(other.cachedTokens).toBe(0);
  });

  it('holds what was generated, for the next turn of a chat', () => {
    const { clock, loop } = bench();
    const first = new Noted(clock, 32, 33);
    loop.submit(first);
    clock.runOut();
    const next = new Noted(clock, 100, 1);
    next.promptIds.splice(32, 32, ...Array.from({ length: 32 }, (_, index) => 9_000_000 + index));
    const sequence = loop.submit(next);
    clock.runOut();
    expect(sequence.cachedTokens).toBe(64);
  });
});

describe('preemption', () => {
  it('puts the youngest back when KV runs out, and every token still comes once', () => {
    let preemptions = 0;
    const { clock, engine, loop } = bench({ kvTokens: 320 }, { preempted: () => (preemptions += 1) });
    const works = [0, 1].map((index) => new Noted(clock, 100, 150, index * 1_000));
    for (const work of works) loop.submit(work);
    clock.runOut();
    expect(preemptions).toBeGreaterThan(0);
    expect(works.map((work) => work.timesMs.length)).toEqual([150, 150]);
    expect(engine.cache.usedBlocks).toBe(0);
  });
});

describe('death', () => {
  it('tells every request, waiting ones too', () => {
    const { clock, engine, loop } = bench({ maxSequences: 1 });
    const works = [0, 1].map((index) => new Noted(clock, 32, 100, index * 1_000));
    for (const work of works) loop.submit(work);
    clock.advanceTo(100);
    loop.stop();
    engine.die();
    expect(works.map((work) => work.hasFailed)).toEqual([true, true]);
    expect(engine.cache.usedBlocks).toBe(0);
  });

  it('makes no token while frozen, and goes on when thawed', () => {
    const { clock, loop } = bench();
    const work = new Noted(clock, 32, 10);
    loop.freeze();
    loop.submit(work);
    clock.advanceTo(10_000);
    expect(work.timesMs).toEqual([]);
    loop.thaw();
    clock.runOut();
    expect(work.timesMs.length).toBe(10);
  });
});
