import { expect, it } from '@jest/globals';
import { costMicro } from './cost-micro.ts';

const price = { input: 500_000, cached: 50_000, output: 2_000_000 };

it('charges cached tokens their own price and rounds up once', () => {
  expect(costMicro(price, { promptTokens: 1_000, cachedTokens: 900, completionTokens: 10 })).toBe(
    50 + 45 + 20,
  );
  expect(costMicro(price, { promptTokens: 1, cachedTokens: 0, completionTokens: 0 })).toBe(1);
  expect(costMicro(price, { promptTokens: 2, cachedTokens: 0, completionTokens: 0 })).toBe(1);
});

it('is nothing without a price', () => {
  expect(costMicro(null, { promptTokens: 1_000, cachedTokens: 0, completionTokens: 10 })).toBe(0);
});

it('stays a number that every reader can hold', () => {
  const dear = { input: 1e12, cached: 0, output: 1e12 };
  const cost = costMicro(dear, { promptTokens: 1e12, cachedTokens: 0, completionTokens: 0 });
  expect(Number.isSafeInteger(cost)).toBe(true);
});
