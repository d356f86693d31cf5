import { describe, expect, it } from '@jest/globals';
import { FailedAuth } from './failed-auth.ts';

describe('FailedAuth', () => {
  it('limits an address after a sixth of its minute, and says when it may fail again', () => {
    const failures = new FailedAuth({ failedPerMinute: 60 });
    const answers = Array.from({ length: 11 }, () => failures.failed('192.0.2.1', 1_000));
    expect(answers.map(({ limited }) => limited)).toEqual([...Array(10).fill(false), true]);
    const last = answers.at(-1);
    const retryAfterMs = last?.limited ? last.retryAfterMs : 0;
    expect(retryAfterMs).toBe(1_000);
    expect(failures.failed('192.0.2.1', 1_000 + retryAfterMs)).toEqual({ limited: false });
  });

  it('counts each address on its own', () => {
    const failures = new FailedAuth({ failedPerMinute: 1 });
    expect(failures.failed('192.0.2.1', 0).limited).toBe(false);
    expect(failures.failed('192.0.2.1', 0).limited).toBe(true);
    expect(failures.failed('192.0.2.2', 0).limited).toBe(false);
  });

  it('counts a whole /64 of IPv6 as one, and an IPv4 address as the same however it is written', () => {
    const failures = new FailedAuth({ failedPerMinute: 1 });
    failures.failed('2001:db8:0:1::1', 0);
    expect(failures.failed('2001:db8:0:1:ffff::2', 0).limited).toBe(true);
    expect(failures.failed('2001:db8:0:2::1', 0).limited).toBe(false);
    failures.failed('192.0.2.1', 0);
    expect(failures.failed('::ffff:192.0.2.1', 0).limited).toBe(true);
  });

  it('remembers no more addresses than it may, however many try', () => {
    const failures = new FailedAuth({ failedPerMinute: 60, maxAddresses: 100 });
    for (let turn = 0; turn < 10_000; turn++) failures.failed(`10.0.${turn >> 8}.${turn & 255}`, 0);
    expect(failures.size).toBeLessThanOrEqual(100);
  });

  it('takes any text for an address', () => {
    const failures = new FailedAuth({ failedPerMinute: 1 });
    for (const text of ['unknown', '', '\0', 'x'.repeat(1_000)]) {
      expect(failures.failed(text, 0).limited).toBe(false);
      expect(failures.failed(text, 0).limited).toBe(true);
    }
  });
});
