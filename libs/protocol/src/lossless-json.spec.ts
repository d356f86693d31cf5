import { expect, it } from '@jest/globals';
import { JsonNumber, parseLossless } from './lossless-json.ts';

it('keeps the spelling of numbers and the order of keys', () => {
  const value = parseLossless('{"10": 1.0, "2": [1e-7, 12345678901234567890], "10": -0}') as Map<
    string,
    unknown
  >;
  expect([...value.keys()]).toEqual(['10', '2']);
  expect(value.get('10')).toEqual(new JsonNumber('-0'));
  expect(value.get('2')).toEqual([new JsonNumber('1e-7'), new JsonNumber('12345678901234567890')]);
});

it('reads strings with every escape, and long ones', () => {
  const text = JSON.stringify('a"\\\n\u0001😀</think>' + 'x'.repeat(100_000));
  expect(parseLossless(text)).toBe(JSON.parse(text));
});

it.each(['', '{', '[1,]', '{"a" 1}', '01', '"a\nb"', 'nul', '[1] x', '{,}', "{'a':1}"])(
  'refuses %j',
  (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  },
);

it('refuses nesting that could exhaust the stack', () => {
  expect(() => parseLossless('['.repeat(5000) + ']'.repeat(5000))).toThrow(/deeper/);
});

it('reads a string of millions of escapes', () => {
  const text = JSON.stringify('"\\'.repeat(8_000_000));
  expect(parseLossless(text) === JSON.parse(text)).toBe(true);
});

it.each([
  ['numbers', `[${'1,'.repeat(131_072)}1]`],
  ['members', `{${'"a":1,'.repeat(131_072)}"b":1}`],
])('refuses more %s than fit any prompt', (_what, text) => {
  expect(() => parseLossless(text)).toThrow(new RangeError('more than 131072 values'));
});
