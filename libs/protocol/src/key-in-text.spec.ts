import { expect, it } from '@jest/globals';
import { holdsKey, withoutKeys } from './key-in-text.ts';

const SECRET = 'CItIwbyIF1MM_AL3NgzML7na31ZVdTqS6ZoXLCJZveHJEkAzjT9EPPUu_2B0F2O';

it.each(['rw_live_', 'rw_test_', 'rwa_', 'sk-'])(
  'masks a key that begins with %s, whatever stands before it',
  (start) => {
    for (const before of ['', 'see ', 'key_', 'key-', 'key=', 'https://a/b:']) {
      expect(withoutKeys(`${before}${start}${SECRET}`)).toBe(`${before}${start}[redacted]`);
      expect(holdsKey(`${before}${start}${SECRET}`)).toBe(true);
    }
  },
);

it('masks one that is glued to a word, and each of several', () => {
  expect(withoutKeys(`Bearerrw_live_${SECRET}`)).toBe('Bearerrw_live_[redacted]');
  expect(withoutKeys(`0rwa_${SECRET}`)).toBe('0rwa_[redacted]');
  expect(withoutKeys(`rwa_${SECRET}/rw_test_${SECRET}`)).toBe('rwa_[redacted]/rw_test_[redacted]');
});

it.each([
  'req-0123456789abcdef0123456789abcdef',
  '550e8400-e29b-41d4-a716-446655440000',
  'task-force-9',
  'disk-full',
  'forward_only',
])('leaves %s as it is', (text) => {
  expect(withoutKeys(text)).toBe(text);
  expect(holdsKey(text)).toBe(false);
});
