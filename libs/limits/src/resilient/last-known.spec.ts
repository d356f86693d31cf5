import { expect, it } from '@jest/globals';
import type { RateCharge } from '../limiter.ts';
import { LastKnown } from './last-known.ts';

function charge(bucket: string): RateCharge {
  const rate = { limit: 60, periodMs: 60_000, burst: 10 };
  return { type: 'rate', kind: 'requests', scope: 'tenant', bucket, fixed: 1, perOutput: 0, rate };
}

it('forgets what was not heard of for long, not who was there first', () => {
  const known = new LastKnown(100);
  const view = { remaining: 0, resetMs: 3_600_000 };
  for (let turn = 0; turn < 1_000; turn++) {
    known.note('acme', charge('busy'), view, turn);
    known.note('acme', charge(`once-${turn}`), view, turn);
  }
  expect(known.inUse('acme', charge('busy'), 1, 1_000)).not.toBeNull();
  expect(known.inUse('acme', charge('once-0'), 1, 1_000)).toBeNull();
});

it('tells a rate as it has drained since, and nothing of what was never heard of', () => {
  const known = new LastKnown();
  // 10 at once, one a second.
  known.note('acme', charge('requests'), { remaining: 2, resetMs: 8_000 }, 1_000);
  expect(known.view('acme', charge('requests'), 1_000)).toMatchObject({ remaining: 2, resetMs: 8_000 });
  expect(known.view('acme', charge('requests'), 4_000)).toMatchObject({ remaining: 5, resetMs: 5_000 });
  expect(known.view('acme', charge('requests'), 60_000)).toMatchObject({ remaining: 10, resetMs: 0 });
  expect(known.view('acme', charge('tokens'), 1_000)).toBeNull();
});

it('lets through what is far from its limit, until half of what it grants at once is left or on its way', () => {
  const known = new LastKnown();
  const charges = [charge('tenant'), charge('key')];
  known.note('acme', charge('tenant'), { remaining: 9, resetMs: 1_000 }, 0);
  expect(known.letThrough('acme', charges, 0)).toBe(false);
  known.note('acme', charge('key'), { remaining: 7, resetMs: 3_000 }, 0);
  const let3 = Array.from({ length: 9 }, () => known.letThrough('acme', charges, 1_000));
  // 7, 6 and 5 of the key's 10.
  expect(let3.filter(Boolean)).toHaveLength(3);
  known.note('acme', charge('key'), { remaining: 9, resetMs: 1_000 }, 2_000);
  // Three are on their way, whatever Redis, which has not heard of them, says is left.
  const let2 = Array.from({ length: 9 }, () => known.letThrough('acme', charges, 2_000));
  expect(let2.filter(Boolean)).toHaveLength(2);
  for (let turn = 0; turn < 5; turn++) known.asking('acme', charges);
  expect(known.letThrough('acme', charges, 2_000)).toBe(false);
  known.note('acme', charge('tenant'), { remaining: 9, resetMs: 1_000 }, 2_000);
  known.note('acme', charge('key'), { remaining: 9, resetMs: 1_000 }, 2_000);
  expect(known.letThrough('acme', charges, 2_000)).toBe(true);
});

it('lets nothing through of a rate that was not heard of for long: others may have used it up', () => {
  const known = new LastKnown();
  known.note('acme', charge('requests'), { remaining: 10, resetMs: 0 }, 0);
  expect(known.letThrough('acme', [charge('requests')], 9_000)).toBe(true);
  expect(known.letThrough('acme', [charge('requests')], 11_000)).toBe(false);
  expect(known.letThrough('other', [charge('requests')], 0)).toBe(false);
});
