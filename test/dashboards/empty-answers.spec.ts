// What is allowed to be empty is a query there is, is answered by a real Prometheus elsewhere, and is proved by a test there is.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ASKED_IN, EMPTY_ON_STANDALONE } from './empty-answers.ts';
import { queries } from './read-boards.ts';

it('names queries of the boards', () => {
  const names = queries.map(({ name }) => name);
  expect(Object.keys(EMPTY_ON_STANDALONE).filter((name) => !names.includes(name))).toEqual([]);
});

it.each(Object.entries(EMPTY_ON_STANDALONE))('%s: its test is there', (_, { provedBy: [file, test] }) => {
  expect(readFileSync(file, 'utf8')).toContain(`it('${test}`);
});

// Which of them each deployment asks, it says itself: all of the cluster's there, the rehearsal's in scaling-queries.spec.ts.
it.each(Object.entries(ASKED_IN))(
  'are asked on the %s, where something fails when one is empty',
  (_, [file, test]) => {
    expect(readFileSync(file, 'utf8')).toContain(`('${test}'`);
  },
);
