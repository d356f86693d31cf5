import { describe, expect, it } from '@jest/globals';
import { changeLines, fieldChanges } from './field-changes.ts';

describe('fieldChanges', () => {
  it('names each field that differs by its path, and no other', () => {
    const before = { plan: 'a', limits: { requestsPerMinute: 5, budgets: [] }, version: 1 };
    const after = { plan: 'a', limits: { requestsPerMinute: 6, budgets: [] }, version: 2 };
    expect(fieldChanges(before, after)).toEqual([{ path: 'limits.requestsPerMinute', before: 5, after: 6 }]);
  });

  it('shows of what was made only what was said', () => {
    const made = { name: 'ci', expiresAt: null, scopes: { models: ['m'], allowedFields: [] } };
    expect(fieldChanges(null, made)).toEqual([
      { path: 'name', before: undefined, after: 'ci' },
      { path: 'scopes.models', before: undefined, after: ['m'] },
    ]);
  });
});

describe('changeLines', () => {
  it('says from what to what, with budgets as they are written on the command line', () => {
    const budgets = [{ period: 'month', unit: 'tokens', limit: 5_000 }];
    const changes = [
      { path: 'limits.budgets', before: [], after: budgets },
      { path: 'plan', before: null, after: 'large' },
      { path: 'limits.requestsPerMinute', before: 600, after: null },
    ];
    expect(changeLines({ hasColors: false }, changes, { isMade: false })).toEqual([
      '    limits.budgets: none -> month:tokens:5000',
      '    plan: none -> large',
      '    limits.requestsPerMinute: 600 -> none',
    ]);
  });

  it('tells no limit, which is none, from what the plan says, which is inherited', () => {
    const changes = [
      { path: 'limits.requestsPerMinute', before: null },
      { path: 'limits.tokensPerMinute', after: null },
      { path: 'scopes.models', before: ['m'] },
      { path: 'limits.concurrentRequests', after: 2 },
    ];
    expect(changeLines({ hasColors: false }, changes, { isMade: false })).toEqual([
      '    limits.requestsPerMinute: none -> inherit',
      '    limits.tokensPerMinute: inherit -> none',
      '    scopes.models: m -> inherit',
      '    limits.concurrentRequests: inherit -> 2',
    ]);
  });

  it('shows of what is made what it is, and nothing it was', () => {
    const changes = [{ path: 'limits.requestsPerMinute', after: null }];
    expect(changeLines({ hasColors: false }, changes, { isMade: true })).toEqual([
      '    limits.requestsPerMinute: none',
    ]);
  });

  it('of what is gone are nothing, for it inherits nothing', () => {
    const changes = fieldChanges({ limits: { requestsPerMinute: 600 } }, null);
    expect(changeLines({ hasColors: false }, changes, { isMade: false, isGone: true })).toEqual([
      '    limits.requestsPerMinute: 600 -> none',
    ]);
  });
});
