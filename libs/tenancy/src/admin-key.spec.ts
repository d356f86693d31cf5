import { expect, it } from '@jest/globals';
import { newKeyToken, parseKeyToken, tokenText } from '#tenancy';
import { adminKeyDigest, adminKeyId, newAdminKey } from './admin-key.ts';

it('makes keys of the documented shape, each another', () => {
  const { text, key } = newAdminKey('viewer');
  expect(text).toMatch(/^rwa_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
  expect(key).toEqual({ id: text.split('_')[1], role: 'viewer', digest: adminKeyDigest(text) });
  expect(newAdminKey('admin').text).not.toBe(text);
});

it('never holds the text in what is kept of it', () => {
  const { text, key } = newAdminKey('admin');
  expect(JSON.stringify(key)).not.toContain(text.split('_')[2]);
});

it('reads the id of its own keys only', () => {
  const { text, key } = newAdminKey('admin');
  expect(adminKeyId(text)).toBe(key.id);
  const gatewayKey = tokenText(newKeyToken('live'));
  expect(adminKeyId(gatewayKey)).toBeNull();
  expect(parseKeyToken(text)).toBeNull();
});

it('refuses a key with one wrong character, wherever it stands', () => {
  const { text } = newAdminKey('admin');
  for (let place = 0; place < text.length; place++) {
    const other = text.charAt(place) === 'x' ? 'y' : 'x';
    expect(adminKeyId(text.slice(0, place) + other + text.slice(place + 1))).toBeNull();
  }
});

it.each(['', 'rwa_', 'rwa_ＡＢ', `rwa_${'0'.repeat(63)}`])('takes %j for no key', (text) => {
  expect(adminKeyId(text)).toBeNull();
});
