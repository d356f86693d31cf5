import { expect, it } from '@jest/globals';
import { boards } from '../../dashboards/read-boards.ts';
import { scalingQueries } from './scaling-queries.ts';

it('are those of the rows about waking and the scaler, and no others', () => {
  const names = scalingQueries(boards).map(({ name }) => name);
  expect(names).toContain('Cold starts (A)');
  expect(names).toContain('Streams KEDA holds open (A)');
  expect(names).not.toContain('Workers that are ready (A)');
  expect(names.length).toBeGreaterThan(12);
});
