import { expect, it } from '@jest/globals';
import { jsonErrorOf } from './json-error.ts';

// What Python 3.11's json says of the same texts.
it.each([
  ['{"a": 1, bad', 9, 'Expecting property name enclosed in double quotes'],
  ['{"a": 1}x', 8, 'Extra data'],
  ['', 0, 'Expecting value'],
  ['[1, ]', 4, 'Expecting value'],
  ['{"a" 1}', 5, "Expecting ':' delimiter"],
  ['[1 2]', 3, "Expecting ',' delimiter"],
  ['"abc', 0, 'Unterminated string starting at'],
  ['"a\nb"', 2, 'Invalid control character at'],
  ['"\\q"', 1, 'Invalid \\escape'],
])('finds where %j breaks', (text, position, message) => {
  expect(jsonErrorOf(text)).toMatchObject({ position, message });
});
