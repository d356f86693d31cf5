import { expect, it } from '@jest/globals';
import { seededRandom } from '../../../../test/seeded-random.ts';
import { isoTime } from './iso-time.ts';

it('writes every moment as Date does, whatever was asked before', () => {
  const random = seededRandom(7);
  const moments = [0, 999, 1_000, 1_000.9, 1_799_999_999_999.5, 253_402_300_799_999];
  for (let turn = 0; turn < 2_000; turn++) moments.push(random() * 4e12);
  for (const moment of moments)
    for (const ms of [moment, moment, moment + 1, moment + 90]) {
      if (ms <= 253_402_300_799_999) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }
});
