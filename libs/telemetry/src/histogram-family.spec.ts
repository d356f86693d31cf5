import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { HistogramFamily } from './histogram-family.ts';
import type { MetricDefinition } from './metric-definitions.ts';

const definition = {
  name: 'waits_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'Waits.',
  labels: ['pool'],
  buckets: { bounds: [1, 2, 4], because: 'Few.' },
  whenWrong: 'Look.',
} as const satisfies MetricDefinition;

function observed(values: readonly number[]) {
  const registry = new Registry();
  const series = new HistogramFamily(registry, definition).series({ pool: 'a' });
  for (const value of values) series.observe(value);
  return registry;
}

it('counts a value in every bucket whose bound is not below it', async () => {
  const text = await observed([0, 1, 1.5, 4, 5]).metrics();
  expect(text.split('\n').filter((line) => line.startsWith('waits'))).toEqual([
    'waits_seconds_bucket{le="1",pool="a"} 2',
    'waits_seconds_bucket{le="2",pool="a"} 3',
    'waits_seconds_bucket{le="4",pool="a"} 4',
    'waits_seconds_bucket{le="+Inf",pool="a"} 5',
    'waits_seconds_sum{pool="a"} 11.5',
    'waits_seconds_count{pool="a"} 5',
  ]);
});

it('is not spoiled by a reading that is no number', async () => {
  const text = await observed([1, Number.NaN, Infinity, -Infinity]).metrics();
  expect(text).toContain('waits_seconds_sum{pool="a"} 1\n');
  expect(text).toContain('waits_seconds_count{pool="a"} 1\n');
});

it('gives the same series as JSON', async () => {
  const [metric] = await observed([3]).getMetricsAsJSON();
  expect(metric?.values).toContainEqual(
    expect.objectContaining({ metricName: 'waits_seconds_bucket', labels: { le: 4, pool: 'a' }, value: 1 }),
  );
});
