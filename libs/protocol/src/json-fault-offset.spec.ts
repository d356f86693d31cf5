import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonFaultOffset } from './json-fault-offset.ts';

it.each([
  ['{"model": nope}', 11],
  ['{"a":tru}', 8],
  ['{"a":NaN}', 5],
  ['{"a":Infinity}', 5],
  ["{'a':1}", 1],
  ['{"a":1,}', 7],
  ['{"a":01}', 6],
  ['{"a":1.}', 7],
  ['{"a":-}', 6],
  ['{"a":1e+}', 8],
  ['{"a":.5}', 5],
  ['{"a":1.-}', 7],
  ['{"a" 1}', 5],
  ['[1 2]', 3],
  ['[1}', 2],
  ['{"a":1]', 6],
  ['{} {}', 3],
  ['{"a":"\\x"}', 7],
  ['{"a":"\\u12g4"}', 10],
  ['{"a":"\n"}', 6],
  ['', 0],
  ['  ', 2],
  ['{"a":', 5],
  ['{"a":"b', 7],
  ['{"a":"b\\', 8],
  ['{"a":"b\\u1', 10],
  ['{"a":tr', 7],
  ['[1,', 3],
  ['-', 1],
  ['\uFEFF{}', 0],
])('finds where %j is no JSON', (text, offset) => expect(jsonFaultOffset(text)).toBe(offset));

it('goes as deep as a text does', () => expect(jsonFaultOffset('['.repeat(1_000_000))).toBe(1_000_000));

it('goes over all of what is JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      expect(jsonFaultOffset(spaced)).toBe(spaced.length);
    }),
  );
});

it('says what V8 says, where V8 says it, of any text with a character put in, left out or cut off', () => {
  const character = fc.constantFrom(...'{}[]:,"\\ue0123-+.tfn x\n'.split(''));
  const ways = fc.constantFrom('insert', 'replace', 'remove', 'cut');
  fc.assert(
    fc.property(fc.json(), fc.nat(), character, ways, (text, nth, put, way) => {
      const at = nth % (text.length + 1);
      const rest = way === 'cut' ? '' : text.slice(way === 'insert' ? at : at + 1);
      const wrong = text.slice(0, at) + (way === 'insert' || way === 'replace' ? put : '') + rest;
      const refusal = refusalOf(wrong);
      const offset = jsonFaultOffset(wrong);
      expect(offset).toBeLessThanOrEqual(wrong.length);
      // What V8 has taken is a beginning of JSON; so is what we have taken: the same prefix ends too early, and no sooner.
      const place = refusal && /at position (\d+)/.exec(refusal)?.[1];
      if (place) expect([refusal, offset]).toEqual([refusal, Number(place)]);
      if (refusal?.startsWith('Unexpected end')) expect(offset).toBe(wrong.length);
      if (refusal && offset < wrong.length)
        expect(refusalOf(wrong.slice(0, offset + 1))).not.toMatch(/end of JSON/);
    }),
    { numRuns: 2_000 },
  );
});

function refusalOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return String(error).replace(/^SyntaxError: /, '');
  }
}
