import { expect, it } from '@jest/globals';
import { parseLossless } from '#protocol';
import { pythonJson } from './python-json.ts';

// Right-hand sides: printed by Python 3.11, json.dumps(json.loads(left), ensure_ascii=False).
it.each([
  ['0', '0'],
  ['-0', '0'],
  ['-0.0', '-0.0'],
  ['1.0', '1.0'],
  ['2.50', '2.5'],
  ['0.1e1', '1.0'],
  ['100e-2', '1.0'],
  ['1e-7', '1e-07'],
  ['123456.7e-10', '1.234567e-05'],
  ['0.00001', '1e-05'],
  ['0.0001', '0.0001'],
  ['123456789.12345679', '123456789.12345679'],
  ['1E5', '100000.0'],
  ['9007199254740993.0', '9007199254740992.0'],
  ['9999999999999998.0', '9999999999999998.0'],
  ['1e16', '1e+16'],
  ['1e21', '1e+21'],
  ['1e22', '1e+22'],
  ['5e-324', '5e-324'],
  ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ['1e400', 'Infinity'],
  ['-1e400', '-Infinity'],
  ['NaN', 'NaN'],
  ['-Infinity', '-Infinity'],
  ['12345678901234567890', '12345678901234567890'],
])('spells the number %s as Python does: %s', (source, spelled) => {
  expect(pythonJson(parseLossless(source))).toBe(spelled);
});

it.each([
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\n\r\t\b\f\u0000\u001f\u007f', '"\\n\\r\\t\\b\\f\\u0000\\u001f\u007f"'],
  ['é你好😀\u2028<&>/', '"é你好😀\u2028<&>/"'],
  ['\ud800x', '"\ud800x"'],
])('escapes only what Python escapes: %j', (text, written) => {
  expect(pythonJson(text)).toBe(written);
});

it('separates with ", " and ": " and keeps the order of keys', () => {
  const source = '{"10":[],"2":{},"a":[1,{"b":null}],"":true,"__proto__":"p"}';
  expect(pythonJson(parseLossless(source))).toBe(
    '{"10": [], "2": {}, "a": [1, {"b": null}], "": true, "__proto__": "p"}',
  );
});

it('refuses an integer that Python refuses to read', () => {
  expect(pythonJson(parseLossless(`-${'1'.repeat(4300)}`))).toHaveLength(4301);
  expect(() => pythonJson(parseLossless('1'.repeat(4301)))).toThrow(RangeError);
});
