import { expect, it } from '@jest/globals';
import type { Standing } from '#limits';
import { tellStandings } from './limit-headers.ts';

const standing = (terms: Partial<Standing>): Standing => ({
  kind: 'requests',
  scope: 'key',
  unit: null,
  limit: 60,
  remaining: 9,
  resetMs: 1_500,
  ...terms,
});

function told(...standings: readonly Standing[]): Record<string, string> {
  const headers = {};
  tellStandings(headers, standings);
  return headers;
}

it("tells requests and each kind of tokens in OpenAI's names", () => {
  expect(
    told(
      standing({}),
      standing({ kind: 'tokens', limit: 1_000, remaining: 10, resetMs: 17 }),
      standing({ kind: 'input_tokens', limit: 2, remaining: 1, resetMs: 0 }),
      standing({ kind: 'output_tokens', limit: 3, remaining: 0, resetMs: 60_000 }),
    ),
  ).toEqual({
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '9',
    'x-ratelimit-reset-requests': '2s',
    'x-ratelimit-limit-tokens': '1000',
    'x-ratelimit-remaining-tokens': '10',
    'x-ratelimit-reset-tokens': '17ms',
    'x-ratelimit-limit-input-tokens': '2',
    'x-ratelimit-remaining-input-tokens': '1',
    'x-ratelimit-reset-input-tokens': '0ms',
    'x-ratelimit-limit-output-tokens': '3',
    'x-ratelimit-remaining-output-tokens': '0',
    'x-ratelimit-reset-output-tokens': '60s',
  });
});

it.each([
  [4, 9, '4'],
  [9, 4, '4'],
  [5, 5, '5'],
])('tells the tighter of a key (%i left) and its tenant (%i left)', (key, tenant, remaining) => {
  const headers = told(standing({ remaining: key }), standing({ scope: 'tenant', remaining: tenant }));
  expect(headers['x-ratelimit-remaining-requests']).toBe(remaining);
});

it('says nothing of places and budgets, for which OpenAI has no names', () => {
  expect(told(standing({ kind: 'concurrent_requests' }), standing({ kind: 'day_budget' }))).toEqual({});
});
