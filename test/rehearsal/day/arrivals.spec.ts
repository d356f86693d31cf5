import { expect, it } from '@jest/globals';
import { seededRandom } from '../../seeded-random.ts';
import { Arrivals } from './arrivals.ts';

const steady = () => new Arrivals(() => 5, seededRandom(1));

it('comes at its rate', () => {
  const came = steady().until(1_000_000);
  expect(came).toBeGreaterThan(4_700);
  expect(came).toBeLessThan(5_300);
});

it('is the same however often it is looked at', () => {
  const often = steady();
  const steps = Array.from({ length: 1_000 }, (_, at) => often.until((at + 1) * 100));
  expect(steps.reduce((sum, came) => sum + came, 0)).toBe(steady().until(100_000));
  expect(often.until(100_000)).toBe(0);
});

it('follows a rate that changes', () => {
  const arrivals = new Arrivals((ms) => (ms < 100_000 ? 0 : 10), seededRandom(2));
  expect(arrivals.until(100_000)).toBe(0);
  expect(arrivals.until(200_000)).toBeGreaterThan(800);
});
