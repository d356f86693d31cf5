import { describe, expect, it } from '@jest/globals';
import { checkClock } from './check-clock.ts';

const AT = { askedMs: 1_000_000, answeredMs: 1_000_400 };

describe('checkClock', () => {
  it('takes the time of the question for no difference', () => {
    for (const theirMs of [1_000_000, 1_000_200, 1_000_400])
      expect(checkClock('redis', { ...AT, theirMs }).state).toBe('ok');
  });

  it('warns from one second on, and fails from a lease on', () => {
    expect(checkClock('redis', { ...AT, theirMs: 1_000_400 + 999 }).state).toBe('ok');
    expect(checkClock('redis', { ...AT, theirMs: 1_000_400 + 1_000 })).toMatchObject({
      state: 'warn',
      what: 'its clock is 1.0 s ahead of ours',
    });
    expect(checkClock('redis', { ...AT, theirMs: 1_000_000 - 30_000 })).toMatchObject({
      state: 'fail',
      what: 'its clock is 30.0 s behind ours',
    });
  });
});
