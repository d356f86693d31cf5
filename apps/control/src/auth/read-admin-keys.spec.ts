import { expect, it } from '@jest/globals';
import { newAdminKey } from '#tenancy';
import { adminKeyLine, readAdminKeys } from './read-admin-keys.ts';

const admin = newAdminKey('admin');
const viewer = newAdminKey('viewer');

it('reads keys by their text and by their digest, each with its role', () => {
  const text = `# first\n\n${admin.text}\r\n  ${adminKeyLine(viewer.key)}  # dashboards\n`;
  expect(readAdminKeys(text)).toEqual([admin.key, viewer.key]);
});

it('declares a key without its text', () => {
  expect(adminKeyLine(viewer.key)).not.toContain(viewer.text.slice(17, 60));
});

it.each([
  ['', /no admin key/],
  ['# nothing', /no admin key/],
  [`${admin.text}\nrwa_junk`, /line 2/],
  [`owner ${admin.key.id} sha256:${admin.key.digest}`, /line 1/],
  [`${admin.text}\n${adminKeyLine(admin.key)}`, /twice/],
])('refuses %j', (text, reason) => {
  expect(() => readAdminKeys(text)).toThrow(reason);
});

it('names the line and never quotes it, for it may be a key with a slip in it', () => {
  const slipped = `${admin.text}x`;
  try {
    readAdminKeys(slipped);
    throw new Error('it was taken');
  } catch (error) {
    expect(String(error)).not.toContain(admin.text.slice(17, 60));
  }
});
