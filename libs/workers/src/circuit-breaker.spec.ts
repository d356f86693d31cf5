import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { LeaseOutcome } from './fleet.ts';
import { DEFAULT_FLEET_OPTIONS } from './fleet-options.ts';

function aBreaker(random = 1) {
  const clock = new ManualClock();
  const changes: string[] = [];
  const breaker = new CircuitBreaker(DEFAULT_FLEET_OPTIONS.breaker, {
    nowMs: () => clock.nowMs(),
    random: () => random,
    onChange: (state) => changes.push(state),
  });
  const end = (outcome: LeaseOutcome, sawToken = false) => {
    const admitted = breaker.admit();
    if (admitted === null) throw new Error('not admitted');
    breaker.record(outcome, admitted, sawToken);
  };
  const fail = (times: number) => {
    for (let n = 0; n < times; n += 1) end('failed');
  };
  return { breaker, clock, changes, end, fail };
}

describe('CircuitBreaker', () => {
  it('opens after five failures in a row and takes nothing', () => {
    const { breaker, fail, changes } = aBreaker();
    fail(4);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    expect(breaker.admit()).toBeNull();
    expect(changes).toEqual(['open']);
  });

  it('is never opened by refusals, full queues or clients that leave', () => {
    const { breaker, end } = aBreaker();
    for (let n = 0; n < 100; n += 1) {
      for (const outcome of ['rejected', 'queue-full', 'client-closed', 'cancelled'] as const) end(outcome);
    }
    expect(breaker.state).toBe('closed');
  });

  it('does not let full queues break a row of failures', () => {
    const { breaker, end } = aBreaker();
    for (let n = 0; n < 5; n += 1) {
      end('queue-full');
      end('timed-out');
    }
    expect(breaker.state).toBe('open');
  });

  it('opens when more than half of the last twenty failed, never in a row', () => {
    const { breaker, end } = aBreaker();
    for (let n = 0; n < 10; n += 1) {
      end('failed');
      end('finished');
    }
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('closed');
    end('failed');
    expect(breaker.state).toBe('open');
  });

  it('takes one probe after its pause, and closes when that goes well', () => {
    const { breaker, clock, fail, changes } = aBreaker();
    fail(5);
    clock.advance(999);
    expect(breaker.state).toBe('open');
    clock.advance(1);
    expect(breaker.state).toBe('half-open');
    expect(breaker.admit()).toBe('probe');
    expect(breaker.state).toBe('open');
    expect(breaker.admit()).toBeNull();
    breaker.record('finished', 'probe', true);
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual(['open', 'closed']);
  });

  it('pauses twice as long after each failed probe, up to the longest pause', () => {
    const { breaker, clock, fail } = aBreaker();
    fail(5);
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      clock.advance(pauseMs - 1);
      expect(breaker.state).toBe('open');
      clock.advance(1);
      expect(breaker.state).toBe('half-open');
      fail(1);
    }
  });

  it('gives the probe place back when the probe said nothing about the worker', () => {
    const { breaker, clock, fail, end } = aBreaker();
    fail(5);
    clock.advance(1_000);
    end('client-closed', false);
    expect(breaker.state).toBe('half-open');
    end('client-closed', true);
    expect(breaker.state).toBe('closed');
  });

  it('ignores ordinary requests that end after it opened', () => {
    const { breaker, fail } = aBreaker();
    fail(5);
    breaker.record('finished', 'ordinary', true);
    expect(breaker.state).toBe('open');
  });

  it('shortens its pause by up to half, so that gateways do not probe in step', () => {
    const { breaker, clock, fail } = aBreaker(0);
    fail(5);
    clock.advance(500);
    expect(breaker.state).toBe('half-open');
  });

  it('forgets everything when another process answers', () => {
    const { breaker, fail } = aBreaker();
    fail(5);
    breaker.reset();
    fail(4);
    expect(breaker.state).toBe('closed');
  });
});
