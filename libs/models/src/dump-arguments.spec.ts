import { expect, it } from '@jest/globals';
import { dumpArguments } from './dump-arguments.ts';

const ESCAPES = '\\\\'.repeat(8_000_000);

it.each([
  ['is no JSON', `{"a": "${ESCAPES}"`, '{}'],
  ['never ends', `{"a": "${ESCAPES}`, '{}'],
])('takes for an empty object what %s, however many escapes it has', (_what, text, dumped) => {
  expect(dumpArguments(text, 'arguments')).toBe(dumped);
});

it('refuses what is nested deeper than is read, whatever stands in its strings', () => {
  const deep = `{"a": "]]]]\\"[[", "b": ${'['.repeat(600)}${']'.repeat(600)}}`;
  expect(() => dumpArguments(deep, 'arguments')).toThrow(/nested deeper than 512 levels/);
  expect(dumpArguments(`{"a": "${'['.repeat(600)}"`, 'arguments')).toBe('{}');
});
