import { describe, expect, it } from '@jest/globals';
import { durationText, momentText } from './words.ts';

describe('durationText', () => {
  it('takes two units, and rounds up: nobody comes back too early', () => {
    expect([0, 1, 61_000, 3_600_000, 90_061_000].map(durationText)).toEqual([
      '0s',
      '1s',
      '1m 1s',
      '1h',
      '1d 1h',
    ]);
  });
});

describe('momentText', () => {
  it('is UTC to the second', () => {
    expect(momentText('2026-11-23T22:56:08.123Z')).toBe('2026-11-23 22:56:08');
    expect(momentText(null, 'never')).toBe('never');
  });
});
