import { expect, it } from '@jest/globals';
import { scalingQueries } from './scaling-queries.ts';

const names = scalingQueries.map(({ name }) => name);

it('are those of the rows about waking and the scaler, and no others', () => {
  expect(names).toContain('Ropeway / Pools and scaling: Cold starts (A)');
  expect(names).toContain('Ropeway / Pools and scaling: Streams KEDA holds open (A)');
  expect(names).not.toContain('Ropeway / Pools and scaling: Workers that are ready (A)');
  expect(names.length).toBeGreaterThan(12);
});
