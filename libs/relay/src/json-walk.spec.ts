import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eachElement, MemberCursor, readCount, skipString, skipValue } from './json-walk.ts';

const spaced = (value: unknown) =>
  fc.constantFrom(JSON.stringify(value), JSON.stringify(value, null, 1), JSON.stringify(value, null, '\t'));

it('finds every value where JSON.parse finds it', () => {
  const objects = fc
    .dictionary(fc.string(), fc.jsonValue())
    .chain((value) => fc.tuple(fc.constant(value), spaced(value)));
  fc.assert(
    fc.property(objects, ([value, text]) => {
      const bytes = Buffer.from(text);
      const found = new Map<string, unknown>();
      const members = new MemberCursor().enter(bytes, 0, bytes.length);
      while (members.next()) {
        const key = JSON.parse(`"${bytes.toString('utf8', members.keyStart, members.keyEnd)}"`);
        found.set(key, JSON.parse(bytes.toString('utf8', members.valueStart, members.valueEnd)));
      }
      expect(members.isBroken).toBe(false);
      expect(found).toEqual(new Map(Object.entries(JSON.parse(JSON.stringify(value)))));
    }),
  );
});

it('finds the end of a string of any length, whatever is escaped in it, and of none that does not end', () => {
  const pieces = fc.array(fc.constantFrom('"', '\\', '\\"', '\n', 'word ', '词', 'x'.repeat(97)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(pieces, fc.nat(), (parts, cut) => {
      const string = Buffer.from(JSON.stringify(parts.join('')));
      const bytes = Buffer.concat([Buffer.from(' '), string, Buffer.from(',"next":"')]);
      expect(skipString(bytes, 1, bytes.length)).toBe(1 + string.length);
      expect(skipString(bytes, 1, 1 + string.length)).toBe(1 + string.length);
      expect(skipString(bytes, 1, 1 + (cut % string.length))).toBe(-1);
    }),
    { numRuns: 500 },
  );
});

it('leaves a well-formed object when any one member is cut', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }).chain(spaced),
      fc.nat(),
      (text, pick) => {
        const bytes = Buffer.from(text);
        const keys = Object.keys(JSON.parse(text));
        const nth = pick % keys.length;
        const members = new MemberCursor().enter(bytes, 0, bytes.length);
        for (let i = 0; i <= nth; i++) members.next();
        const key: string = JSON.parse(`"${bytes.toString('utf8', members.keyStart, members.keyEnd)}"`);
        const cut = Buffer.concat([
          bytes.subarray(0, members.cutStart),
          bytes.subarray(members.cutEnd),
        ]).toString();
        const expected = new Map(Object.entries(JSON.parse(text)));
        expected.delete(key);
        expect(new Map(Object.entries(JSON.parse(cut)))).toEqual(expected);
      },
    ),
  );
});

it('says that a truncated object is broken and never reads past the end', () => {
  const bytes = Buffer.from('{"a":{"b":["\\"]",1]},"c":null}');
  for (let end = 0; end < bytes.length; end++) {
    const members = new MemberCursor().enter(bytes, 0, end);
    while (members.next()) expect(members.valueEnd).toBeLessThanOrEqual(end);
    expect(members.isBroken).toBe(true);
  }
});

describe('arrays', () => {
  it.each([
    ['[]', []],
    ['[ ]', []],
    ['[1, "a,]" ,{"x":[2]}]', ['1', '"a,]"', '{"x":[2]}']],
  ])('%s', (text, expected) => {
    const bytes = Buffer.from(text);
    const found: string[] = [];
    expect(
      eachElement(bytes, 0, bytes.length, (start, end) => found.push(bytes.toString('utf8', start, end)) > 0),
    ).toBe(true);
    expect(found).toEqual(expected);
  });

  it.each(['[1', '[1 2]', '[', '{}', '[,]'])('%s is no array', (text) => {
    const bytes = Buffer.from(text);
    expect(eachElement(bytes, 0, bytes.length, () => true)).toBe(false);
  });
});

it('skips nesting of any depth without the stack', () => {
  const bytes = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  expect(skipValue(bytes, 0, bytes.length)).toBe(bytes.length);
});

it.each([
  ['0', 0],
  ['131072', 131072],
  ['null', null],
  ['1.0', null],
  ['-1', null],
  ['1e3', null],
  ['', null],
])('reads the count %j as %j', (text, count) => {
  const bytes = Buffer.from(text);
  expect(readCount(bytes, 0, bytes.length)).toBe(count);
});
