import { describe, expect, it } from '@jest/globals';
import { type StallEvidence, StallWatch } from './stall-watch.ts';

const SECOND = 1_000;
const running: StallEvidence = { requests: 2, running: 2, queuedTokens: 0, isScraped: true };
const waiting: StallEvidence = { requests: 2, running: 0, queuedTokens: 2_000, isScraped: true };
const empty: StallEvidence = { requests: 0, running: 0, queuedTokens: 0, isScraped: true };

/** A watch on a worker that got its requests at 0 s; judges every second, with what happens in each. */
function aWatch(stallMs = 15 * SECOND) {
  const watch = new StallWatch({ stallMs, slowestPrefillTokensPerSecond: 1_000 });
  let nowMs = 0;
  watch.reset(0);
  const live = (seconds: number, evidence: StallEvidence, each: (nowMs: number) => void = () => {}) => {
    for (let n = 0; n < seconds; n += 1) {
      nowMs += SECOND;
      each(nowMs);
      watch.judge(evidence, nowMs);
    }
    return watch.isStalled;
  };
  return { watch, live };
}

describe('StallWatch', () => {
  it('finds running requests silent for longer than allowed, though the engine moves for others', () => {
    const { watch, live } = aWatch();
    expect(live(15, running, (now) => watch.engineMotion(now))).toBe(false);
    expect(live(2, running, (now) => watch.engineMotion(now))).toBe(true);
  });

  it('finds an engine that takes requests, starts none and moves nothing', () => {
    const { live } = aWatch();
    expect(live(17, waiting)).toBe(false);
    expect(live(3, waiting)).toBe(true);
  });

  it('lets a long prefill be silent for as long as its length explains', () => {
    const { live } = aWatch();
    const longPrompt = { ...waiting, queuedTokens: 120_000 };
    expect(live(134, longPrompt)).toBe(false);
    expect(live(3, longPrompt)).toBe(true);
  });

  it('lets requests queue for as long as the engine works on others', () => {
    const { watch, live } = aWatch();
    const queued = (now: number) => {
      watch.engineMotion(now);
      watch.engineHoldsAll(now);
    };
    expect(live(3_600, waiting, queued)).toBe(false);
  });

  it('does not judge what it cannot see: no first token and no metrics', () => {
    const { live } = aWatch();
    expect(live(3_600, { ...waiting, isScraped: false })).toBe(false);
  });

  it('never finds a worker whose requests make progress', () => {
    const { watch, live } = aWatch();
    expect(live(3_600, { ...running, isScraped: false }, (now) => watch.ownMotion(now))).toBe(false);
  });

  it('counts silence from the first request after a pause, not from the last token before it', () => {
    const { live } = aWatch();
    live(3_600, empty);
    expect(live(10, running)).toBe(false);
  });

  it('forgives at the first progress', () => {
    const { watch, live } = aWatch();
    live(20, running);
    expect(live(1, running, (now) => watch.ownMotion(now))).toBe(false);
  });

  it('forgives a frozen engine when it moves again', () => {
    const { watch, live } = aWatch();
    live(30, waiting);
    expect(live(1, waiting, (now) => watch.engineMotion(now))).toBe(false);
  });

  it('does not take a new request for progress', () => {
    const { live } = aWatch();
    live(20, running);
    live(5, empty);
    expect(live(5, running)).toBe(true);
  });

  it('finds requests the engine no longer holds, though it works on those of others', () => {
    const { watch, live } = aWatch();
    expect(live(17, waiting, (now) => watch.engineMotion(now))).toBe(false);
    expect(live(3, waiting, (now) => watch.engineMotion(now))).toBe(true);
    expect(live(60, waiting, (now) => watch.engineMotion(now))).toBe(true);
    expect(live(1, waiting, (now) => watch.ownMotion(now))).toBe(false);
  });

  it('gives a worker it emptied another try after a while', () => {
    const { live } = aWatch();
    live(20, running);
    expect(live(15, empty)).toBe(true);
    expect(live(2, empty)).toBe(false);
  });
});
