import { expect, it } from '@jest/globals';
import { MetricsPage } from './metrics-page.ts';

const PAGE = new MetricsPage(`# HELP asked_total Requests.
# TYPE asked_total counter
asked_total{tenant="acme",status="200"} 3
asked_total{tenant="acme",status="429"} 2
asked_total{tenant="umbrella",status="200"} 1.5e1
# TYPE took_seconds histogram
took_seconds_count{pool="default"} 4
# TYPE none_total counter
# TYPE open gauge
open 7
`);

it('sums the series that have the labels', () => {
  expect(PAGE.sum('asked_total')).toBe(20);
  expect(PAGE.sum('asked_total', { tenant: 'acme' })).toBe(5);
  expect(PAGE.sum('asked_total', { tenant: 'acme', status: '429' })).toBe(2);
  expect(PAGE.sum('open')).toBe(7);
  expect(PAGE.sum('took_seconds_count')).toBe(4);
});

it('is 0 for a metric without such a series, and refuses a name that is no metric', () => {
  expect(PAGE.sum('none_total')).toBe(0);
  expect(PAGE.sum('asked_total', { tenant: 'cme' })).toBe(0);
  expect(() => PAGE.sum('asked')).toThrow('asked');
});
