import { describe, expect, it } from '@jest/globals';
import { FRESH_MS, Freshness } from './freshness.ts';
import type { KeysEvent } from './keys-event.ts';

function start() {
  const clock = { nowMs: 1_000, wallMs: 1_795_000_000_000 };
  const events: KeysEvent[] = [];
  const freshness = new Freshness({
    nowMs: () => clock.nowMs,
    wallMs: () => clock.wallMs,
    tell: (event) => events.push(event),
  });
  const pass = (ms: number) => {
    clock.nowMs += ms;
    clock.wallMs += ms;
  };
  return { clock, events, freshness, pass };
}

describe('Freshness', () => {
  it('counts the database as away before it has answered, and 15 s after its last answer', () => {
    const { freshness, pass } = start();
    expect([freshness.isAway, freshness.ageMs]).toEqual([true, Number.POSITIVE_INFINITY]);
    freshness.confirm(1_000);
    pass(FRESH_MS);
    expect(freshness.isAway).toBe(false);
    pass(1);
    expect(freshness.isAway).toBe(true);
  });

  it('goes by when the database was asked, not by when its answer came, and never back', () => {
    const { freshness, pass } = start();
    pass(5_000);
    freshness.confirm(2_000);
    expect(freshness.ageMs).toBe(4_000);
    freshness.confirm(1_500);
    expect(freshness.ageMs).toBe(4_000);
    expect([freshness.ageOf(1_000), freshness.ageOf(5_000)]).toEqual([4_000, 1_000]);
  });

  it('grows no older or younger when the wall clock is set', () => {
    const { clock, freshness, pass } = start();
    freshness.confirm(clock.nowMs);
    clock.wallMs -= 86_400_000;
    pass(1_000);
    expect(freshness.ageMs).toBe(1_000);
  });

  it('is as old as the process before left it; never younger than now, with a wall clock set back', () => {
    const { clock, freshness } = start();
    expect(freshness.restore(clock.wallMs - 60_000)).toBe(60_000);
    expect(freshness.ageMs).toBe(60_000);
    expect(freshness.confirmedWallMs).toBeNull();
    expect(start().freshness.restore(clock.wallMs + 60_000)).toBe(0);
  });

  it('tells once that the database is away, only when it is, and once that it is back', () => {
    const { clock, events, freshness, pass } = start();
    freshness.confirm(clock.nowMs);
    freshness.failed('first');
    expect(events).toEqual([]);
    pass(FRESH_MS + 1);
    freshness.failed('second');
    freshness.failed('third');
    pass(500);
    freshness.confirm(clock.nowMs);
    freshness.confirm(clock.nowMs);
    expect(events).toEqual([
      { kind: 'database-away', error: 'second' },
      { kind: 'database-back', awayMs: 500 },
    ]);
  });
});
