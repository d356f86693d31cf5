import { expect, it } from '@jest/globals';
import { toUsageQuery, usageQuery } from './usage-query.ts';

const NOW = Date.parse('2026-11-23T23:59:59Z');
const read = (query: object) => toUsageQuery(usageQuery.parse(query), NOW);

it('takes the last thirty days by day, unless told otherwise', () => {
  expect(read({})).toMatchObject({ fromDay: '2026-10-25', toDay: '2026-11-23', by: ['day'] });
  expect(read({ to: '2026-03-01' })).toMatchObject({ fromDay: '2026-01-31', toDay: '2026-03-01' });
});

it('keeps the order of dimensions, and sums everything where there is none', () => {
  expect(read({ by: 'tenant,day' }).by).toEqual(['tenant', 'day']);
  expect(read({ by: '' }).by).toEqual([]);
});

it.each([
  { by: 'day,day' },
  { by: 'day;drop table' },
  { from: '2026-02-30' },
  { to: 'yesterday' },
  { limit: '1001' },
  { limit: '1.5' },
  { key: "' or 1=1" },
  { tenant: 'Ａcme' },
  { unknown: '1' },
  { tenant: ['a', 'b'] },
])('refuses %j', (query) => {
  expect(usageQuery.safeParse(query).success).toBe(false);
});
