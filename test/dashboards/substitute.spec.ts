import { expect, it } from '@jest/globals';
import { boards } from './read-boards.ts';
import { substitute } from './substitute.ts';

const times = { rateInterval: '10s', interval: '1s', range: '1h' };
const board = boards.find(({ file }) => file === 'ropeway-tenants.json')?.board;

it('puts in what "All" and the time shown stand for', () => {
  if (board === undefined) throw new Error('no board of tenants');
  const put = (expression: string) => substitute(expression, board, times);
  expect(put('rate(a{tenant=~"$tenant"}[$__rate_interval])')).toBe('rate(a{tenant=~".*"}[10s])');
  expect(put('b{namespace=~"$namespace"}[$__range]')).toBe('b{namespace=~".*"}[1h]');
  expect(() => put('c{pool="$pool"}')).toThrow('$pool: no such variable');
});
