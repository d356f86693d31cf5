import { expect, it } from '@jest/globals';
import { newKeyToken, tokenText } from '#tenancy';
import { withoutKeyTexts } from './without-key-texts.ts';

const text = tokenText(newKeyToken('live'));

it('puts null in the place of every key, however deep, and leaves the rest', () => {
  const answer = { id: 'a', key: text, keys: [{ key: text, name: 'rw_live_' }], n: 1, at: null, is: true };
  expect(withoutKeyTexts(answer)).toEqual({
    id: 'a',
    key: null,
    keys: [{ key: null, name: 'rw_live_' }],
    n: 1,
    at: null,
    is: true,
  });
  expect(JSON.stringify(answer)).toContain(text);
});
