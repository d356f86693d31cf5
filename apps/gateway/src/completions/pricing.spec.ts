import { expect, it } from '@jest/globals';
import { Pricing } from './pricing.ts';

const general = { model: 'qwq', pool: null, input: 500_000, cached: 100_000, output: 2_000_000 };
const long = { model: 'qwq', pool: 'yarn-4', input: 900_000, cached: 900_000, output: 4_000_000 };
const pricing = new Pricing({ prices: [general, long], tokenWeights: new Map([['yarn-4', 2.5]]) });

it("takes a pool's own price before the model's", () => {
  expect(pricing.priceOf('qwq', 'yarn-4')).toBe(long);
  expect(pricing.priceOf('qwq', 'default')).toBe(general);
  expect(pricing.priceOf('other', 'default')).toBeNull();
});

it('rounds a cost up to a whole millionth, cached input at its own price', () => {
  const used = { inputTokens: 3, cachedTokens: 1, outputTokens: 1 };
  expect(pricing.costOf('qwq', 'default', used)).toBe(Math.ceil(2 * 0.5 + 0.1 + 2));
  expect(pricing.costOf('other', 'default', used)).toBe(0);
});

it('weighs a pool as configured, others one', () => {
  expect([pricing.weightOf('yarn-4'), pricing.weightOf('default'), pricing.largestWeight]).toEqual([
    2.5, 1, 2.5,
  ]);
});

it('takes over new prices and weights', () => {
  const reloaded = new Pricing({ prices: [general], tokenWeights: new Map() });
  reloaded.replace({ prices: [], tokenWeights: new Map([['default', 3]]) });
  expect([reloaded.priceOf('qwq', 'default'), reloaded.weightOf('default')]).toEqual([null, 3]);
});
