// docs/metrics.md says what the code defines, no more and no less.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { METRICS, metricsPage } from '#telemetry';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

it('is the page made from the definitions (else: npm run docs)', () => {
  expect(page).toBe(metricsPage());
});

it('describes every metric exactly once', () => {
  const described = [...page.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram) \|/gm)].map(
    ([, name]) => name,
  );
  const defined = Object.values(METRICS).map(({ name }) => name);
  expect(described.toSorted()).toEqual(defined.toSorted());
});

it('says of every metric what to do when it looks wrong', () => {
  const rows = page.split('\n').filter((line) => /^\| `\w+` \| (counter|gauge|histogram) \|/.test(line));
  for (const row of rows) expect(row.split(' | ').at(-1)?.length).toBeGreaterThan(20);
});
