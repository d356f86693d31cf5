// What does not exist does not compile. Each line below is an error to the compiler: tsc fails when one is not.
import { expect, it } from '@jest/globals';
import { METRICS } from '#telemetry';
import { linesWithin } from '../../scripts/dashboards/lines-within.ts';
import { is, isAmong } from '../../scripts/dashboards/matchers.ts';
import { seriesWithin } from '../../scripts/dashboards/series.ts';
import { now, quantile, rate, share, sum } from '../../scripts/dashboards/vectors.ts';
import { VLLM } from '../../scripts/dashboards/vllm-metrics.ts';

const chosen = seriesWithin(['pool']);
const { halfAndMostLines, maxLines, rateLines } = linesWithin(chosen);
const drawn = { title: 'Drawn', unit: 'count' } as const;

it('is refused by the compiler: metrics, labels and values that are not there', () => {
  const mistakes = [
    // @ts-expect-error no such metric
    () => chosen(METRICS.requestz),
    // @ts-expect-error no such metric of vLLM
    () => chosen(VLLM.gpuCacheUsage),
    // @ts-expect-error faults have no pool
    () => chosen(METRICS.faults, { pool: is('default') }),
    // @ts-expect-error no such outcome
    () => chosen(METRICS.requests, { outcome: is('fialed') }),
    // @ts-expect-error no such class of prompts
    () => chosen(METRICS.routeDecisions, { prompt_length: isAmong('0-1k', '1k-8k') }),
    // @ts-expect-error nothing to group by there
    () => sum(rate(chosen(METRICS.faults)), 'pool'),
    // @ts-expect-error a gauge has no rate
    () => rate(chosen(METRICS.inFlight)),
    // @ts-expect-error a counter is no state
    () => now(chosen(METRICS.requests)),
    // @ts-expect-error a counter has no quantiles
    () => quantile(0.5, chosen(METRICS.requests)),
    // @ts-expect-error a part grouped otherwise than its whole
    () => share(sum(rate(chosen(METRICS.requests)), 'pool'), sum(rate(chosen(METRICS.requests)))),
    // @ts-expect-error nothing to group by there
    () => rateLines({ ...drawn, about: METRICS.faults }, 'pool'),
    // @ts-expect-error a gauge has no rate
    () => rateLines({ ...drawn, about: METRICS.inFlight }),
    // @ts-expect-error a counter is no state
    () => maxLines({ ...drawn, about: METRICS.requests }),
    // @ts-expect-error a counter has no quantiles
    () => halfAndMostLines({ ...drawn, about: METRICS.requests }),
    // @ts-expect-error vLLM's metrics come without words of ours
    () => rateLines({ ...drawn, about: VLLM.preemptions }),
  ];
  expect(mistakes).toHaveLength(15);
});

it('compiles what is there, within what the board chooses', () => {
  const failed = chosen(METRICS.requests, { outcome: is('failed') });
  expect(sum(rate(failed), 'pool', 'namespace').promql).toBe(
    'sum by (pool, namespace) (rate(ropeway_requests_total{namespace=~"$namespace", pool=~"$pool", outcome="failed"}[$__rate_interval]))',
  );
});
