// The pinned names of vLLM against what a real server of it answered, and against what the simulator answers.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VLLM, type VllmMetric } from '../../scripts/dashboards/vllm-metrics.ts';

const page = readFileSync(new URL('../fixtures/vllm-golden/v033/metrics.txt', import.meta.url), 'utf8');

describe.each(Object.values<VllmMetric>(VLLM))('$name', ({ name, type, labels }) => {
  it('is of that type on a real server', () => {
    expect(page).toContain(`# TYPE ${name} ${type}\n`);
  });

  it('has those labels on a real server; the pool comes with the scrape', () => {
    const series = new RegExp(`^${name}(?:_bucket)?\\{([^}]*)\\}`, 'm').exec(page)?.[1] ?? '';
    const there = [...series.matchAll(/(\w+)="/g)]
      .map(([, label]) => label)
      .filter((label) => label !== 'le');
    expect(there.toSorted()).toEqual(labels.filter((label) => label !== 'pool').toSorted());
  });
});
