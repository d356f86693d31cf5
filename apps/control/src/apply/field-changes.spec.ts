import { expect, it } from '@jest/globals';
import { fieldChanges } from './field-changes.ts';

it('names each field that differs by its path', () => {
  const before = { limits: { requestsPerMinute: 5, budgets: [{ limit: 1 }] }, plan: 'a', same: { x: [1] } };
  const after = { limits: { requestsPerMinute: null, budgets: [{ limit: 2 }] }, plan: 'b', same: { x: [1] } };
  expect(fieldChanges(before, after)).toStrictEqual([
    { path: 'limits.requestsPerMinute', before: 5, after: null },
    { path: 'limits.budgets', before: [{ limit: 1 }], after: [{ limit: 2 }] },
    { path: 'plan', before: 'a', after: 'b' },
  ]);
});

it('finds what goes and what comes, and nothing where nothing differs', () => {
  expect(fieldChanges({ limits: { a: 1 } }, { limits: { b: 2 } })).toStrictEqual([
    { path: 'limits.b', after: 2 },
    { path: 'limits.a', before: 1 },
  ]);
  expect(fieldChanges({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } })).toStrictEqual([]);
});

it('tells null, which is no limit, from nothing, which is the plan', () => {
  const [own, none] = [{ limits: { a: null } }, { limits: {} }];
  expect(fieldChanges(none, own)).toStrictEqual([{ path: 'limits.a', after: null }]);
  expect(fieldChanges(own, none)).toStrictEqual([{ path: 'limits.a', before: null }]);
});

it('lists every field of what is new', () => {
  expect(fieldChanges(undefined, { name: 'ci', limits: { a: 1 } })).toStrictEqual([
    { path: 'name', after: 'ci' },
    { path: 'limits.a', after: 1 },
  ]);
});
