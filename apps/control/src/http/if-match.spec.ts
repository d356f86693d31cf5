import { expect, it } from '@jest/globals';
import { versionOf } from './if-match.ts';

it('reads the version of an etag, and none where any will do', () => {
  expect([versionOf(undefined), versionOf('*'), versionOf('"3"'), versionOf(' "12" ')]).toEqual([
    null,
    null,
    3,
    12,
  ]);
});

it.each(['3', 'W/"3"', '"x"', '""', '"-1"', '"3", "4"', `"${'9'.repeat(16)}"`])(
  'refuses %j rather than guess',
  (header) => {
    expect(() => versionOf(header)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  },
);
