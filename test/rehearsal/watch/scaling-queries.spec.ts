import { expect, it } from '@jest/globals';
import { emptyAnsweredBy } from '../../dashboards/empty-answers.ts';
import { scalingQueries } from './scaling-queries.ts';

const names = scalingQueries.map(({ name }) => name);

it('are those of the rows about waking and the scaler, and no others', () => {
  expect(names).toContain('Ropeway / Pools and scaling: Cold starts (A)');
  expect(names).toContain('Ropeway / Pools and scaling: Streams KEDA holds open (A)');
  expect(names).not.toContain('Ropeway / Pools and scaling: Workers that are ready (A)');
  expect(names.length).toBeGreaterThan(12);
});

it('are all that the rehearsal is to answer where the standalone fleet cannot', () => {
  const owed = emptyAnsweredBy('rehearsal');
  expect(owed.length).toBeGreaterThan(8);
  expect(owed.filter((name) => !names.includes(name))).toEqual([]);
});
