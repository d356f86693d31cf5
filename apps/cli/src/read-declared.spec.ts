import { describe, expect, it } from '@jest/globals';
import { ran } from './testing/test-terminal.ts';

/** Ends before anything is asked of an admin API: there is none at this address. */
const applied = (input: string) =>
  ran(['apply', '-f', '-', '--yes'], {
    input,
    env: { ROPEWAY_ADMIN_URL: 'http://127.0.0.1:1', ROPEWAY_ADMIN_KEY: 'rwadmin_x' },
  });

describe('a declaration', () => {
  it.each(['.nan', '.inf', '-.inf', '1e400', '-1e400', '.NaN'])(
    'with the number %s is refused by its path: JSON would make "no limit" of it',
    async (number) => {
      const plans = `plans: [{ name: a, limits: { requestsPerMinute: ${number} } }]`;
      const budgets = `tenants: [{ id: b, limits: { budgets: [{ period: day, unit: tokens, limit: ${number} }] } }]`;
      const { code, err } = await applied(`${plans}\n${budgets}`);
      expect(code).toBe(1);
      expect(err).toMatch(/^ {2}plans\[0\]\.limits\.requestsPerMinute: .* is no finite number/m);
      expect(err).toMatch(/^ {2}tenants\[0\]\.limits\.budgets\[0\]\.limit: .* is no finite number/m);
    },
  );

  it('with a number behind an alias is refused there, too', async () => {
    const { err } = await applied('x: &x { requestsPerMinute: .inf }\nplans: [{ name: a, limits: *x }]');
    expect(err).toMatch(/^ {2}plans\[0\]\.limits\.requestsPerMinute: /m);
  });

  it('that asks for a dry run itself is refused by that name, and not applied', async () => {
    for (const value of ['true', 'false', 'null']) {
      const { code, err } = await applied(`dryRun: ${value}\ntenants: [{ id: b }]`);
      expect([code, err]).toEqual([1, expect.stringMatching(/^ {2}dryRun: Unknown field/m)]);
    }
  });
});
