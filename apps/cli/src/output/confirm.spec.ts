import { describe, expect, it } from '@jest/globals';
import { ran } from '../testing/test-terminal.ts';

/** Nobody listens there: whoever gets so far has gone on. */
const env = { ROPEWAY_ADMIN_URL: 'http://127.0.0.1:1', ROPEWAY_ADMIN_KEY: 'rwa_x' };
const WENT_ON = /cannot ask|nobody listens/;

describe('what cannot be taken back', () => {
  it.each([
    [['key', 'revoke', 'Xq3LfT0bZ7Rw'], 'Revoke Xq3LfT0bZ7Rw for good?'],
    [['tenant', 'suspend', 'acme'], 'Suspend acme?'],
    [['plan', 'delete', 'free'], 'Delete the plan free?'],
  ])('%j is asked for on a terminal', async (args, question) => {
    for (const answer of ['', 'n', 'nein', 'yess']) {
      const { code, err, asked } = await ran(args, { env, answer });
      expect([code, err, asked]).toEqual([1, 'nothing was changed', [expect.stringContaining(question)]]);
    }
    for (const answer of ['y', 'Yes', ' YES '])
      expect((await ran(args, { env, answer })).err).toMatch(WENT_ON);
  });

  it('is not asked for with --yes, or where nobody is there to answer', async () => {
    const agreed = await ran(['key', 'revoke', 'x', '--yes'], { env, answer: 'n' });
    expect([agreed.asked, agreed.err]).toEqual([[], expect.stringMatching(WENT_ON)]);
    expect((await ran(['key', 'revoke', 'x'], { env, answer: null })).err).toMatch(WENT_ON);
  });
});
