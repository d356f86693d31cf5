import { describe, expect, it } from '@jest/globals';
import { OutputEstimate } from './output-estimate.ts';

describe('OutputEstimate', () => {
  it('reserves what the configuration says until answers are known, and never more than may come', () => {
    const estimate = new OutputEstimate({ unknownTokens: 2_048 });
    expect(estimate.reserve('acme', 'qwq', 32_768)).toBe(2_048);
    expect(estimate.reserve('acme', 'qwq', 100)).toBe(100);
    expect(estimate.reserve('acme', 'qwq', -1)).toBe(0);
  });

  it('reserves what three of four recent answers stayed below', () => {
    const estimate = new OutputEstimate({ unknownTokens: 2_048 });
    for (let tokens = 100; tokens <= 800; tokens += 100) estimate.note('acme', 'qwq', tokens);
    expect(estimate.reserve('acme', 'qwq', 32_768)).toBe(600);
    expect(estimate.reserve('acme', 'other', 32_768)).toBe(2_048);
    expect(estimate.reserve('other', 'qwq', 32_768)).toBe(2_048);
  });

  it('forgets old habits', () => {
    const estimate = new OutputEstimate({ unknownTokens: 2_048 });
    for (let turn = 0; turn < 64; turn++) estimate.note('acme', 'qwq', 10_000);
    for (let turn = 0; turn < 64; turn++) estimate.note('acme', 'qwq', 50);
    expect(estimate.reserve('acme', 'qwq', 32_768)).toBe(50);
  });

  it('takes any number', () => {
    const estimate = new OutputEstimate({ unknownTokens: 2_048 });
    for (const tokens of [Number.NaN, -5, 1e300, 0, 1, 2, 3, 4]) estimate.note('acme', 'qwq', tokens);
    expect(Number.isInteger(estimate.reserve('acme', 'qwq', 32_768))).toBe(true);
  });

  it('remembers no more pairs than it may', () => {
    const estimate = new OutputEstimate({ unknownTokens: 7, maxPairs: 2 });
    for (const tenant of ['a', 'b', 'c']) for (let turn = 0; turn < 8; turn++) estimate.note(tenant, 'm', 1);
    expect(['a', 'b', 'c'].map((tenant) => estimate.reserve(tenant, 'm', 100))).toEqual([7, 1, 1]);
  });
});
