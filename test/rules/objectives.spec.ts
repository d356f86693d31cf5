// What is promised can be measured, and the rules and the page say what the data says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { METRICS, PROMPT_LENGTHS } from '#telemetry';
import { FIRST_TOKEN_BOUNDS, OBJECTIVES, OVERHEAD_BOUND } from '../../scripts/slo/objectives.ts';
import { sloRules } from '../../scripts/slo/slo-rules.ts';
import { sloPage } from '../../scripts/slo/slo-table.ts';
import { root } from './rule-files.ts';

it('bounds are buckets: between two of them nothing can be counted', () => {
  for (const bound of Object.values(FIRST_TOKEN_BOUNDS))
    expect(METRICS.firstToken.buckets.bounds).toContain(bound);
  expect(METRICS.overhead.buckets.bounds).toContain(OVERHEAD_BOUND);
});

it('every prompt length has a bound, and a longer one none that is shorter', () => {
  expect(Object.keys(FIRST_TOKEN_BOUNDS)).toEqual(PROMPT_LENGTHS);
  const bounds = Object.values(FIRST_TOKEN_BOUNDS);
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
});

it('goals leave a budget that a rule can burn 14.4 times too fast', () => {
  for (const { goal } of OBJECTIVES) expect(14.4 * (1 - goal)).toBeLessThan(1);
});

it.each([
  ['helm/ropeway/rules/slo.yaml', () => sloRules()],
  ['docs/slo.md', sloPage],
])('%s is what scripts/slo makes (else: npm run docs)', (file, made) => {
  const text = readFileSync(join(root, file), 'utf8');
  expect(text).toBe(made(text));
});
