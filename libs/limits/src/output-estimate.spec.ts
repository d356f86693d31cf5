import { describe, expect, it } from '@jest/globals';
import { OutputEstimate } from './output-estimate.ts';

describe('OutputEstimate', () => {
  it('knows nothing until it has seen a few answers', () => {
    const estimate = new OutputEstimate();
    for (let turn = 0; turn < 7; turn++) estimate.observe('acme', 'qwq', 100);
    expect(estimate.tokens('acme', 'qwq')).toBeNull();
    estimate.observe('acme', 'qwq', 100);
    expect(estimate.tokens('acme', 'qwq')).toBe(100);
  });

  it('says what three of four recent answers stayed within, of that tenant and model', () => {
    const estimate = new OutputEstimate();
    for (let tokens = 100; tokens <= 800; tokens += 100) estimate.observe('acme', 'qwq', tokens);
    expect(estimate.tokens('acme', 'qwq')).toBe(600);
    expect([estimate.tokens('acme', 'other'), estimate.tokens('other', 'qwq')]).toEqual([null, null]);
  });

  it('forgets old habits', () => {
    const estimate = new OutputEstimate();
    for (let turn = 0; turn < 64; turn++) estimate.observe('acme', 'qwq', 10_000);
    for (let turn = 0; turn < 64; turn++) estimate.observe('acme', 'qwq', 50);
    expect(estimate.tokens('acme', 'qwq')).toBe(50);
  });

  it('takes any number', () => {
    const estimate = new OutputEstimate();
    for (const tokens of [Number.NaN, -5, 1e300, 0, 1, 2, 3, 4.5]) estimate.observe('acme', 'qwq', tokens);
    expect(estimate.tokens('acme', 'qwq')).toBe(3);
  });

  it('remembers no more pairs than it may', () => {
    const estimate = new OutputEstimate({ maxPairs: 2 });
    for (const tenant of ['a', 'b', 'c'])
      for (let turn = 0; turn < 8; turn++) estimate.observe(tenant, 'm', 1);
    expect(['a', 'b', 'c'].map((tenant) => estimate.tokens(tenant, 'm'))).toEqual([null, 1, 1]);
  });
});
