import { expect, it } from '@jest/globals';
import { tenantTable } from './tenant-table.ts';

it('shows what is left and what was used, in 80 columns', () => {
  const text = tenantTable({
    limits: [
      { kind: 'requests', scope: 'tenant', limit: 600, remaining: 97 },
      { kind: 'day_budget', scope: 'tenant', limit: 50_000_000, remaining: 49_500_000 },
    ],
    usage: [{ pool: 'yarn-4', requests: 1, prompt_tokens: 90_040, completion_tokens: 265 }],
  });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toMatch(/day budget .* 50,000,000 .* 49,500,000 .* 1\.0 %/);
  expect(text).toMatch(/yarn-4 .* 1 .* 90,040 .* 265/);
});
