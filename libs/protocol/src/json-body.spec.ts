import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from './fault.ts';
import { JsonBody } from './json-body.ts';

const spliced = (text: string, changes: Record<string, string>) =>
  Buffer.concat([...new JsonBody(Buffer.from(text)).splice(new Map(Object.entries(changes)))]).toString();

it('replaces a member and leaves every other byte as it was', () => {
  const text = '{ "temperature":1.0 , "model" : "a", "seed":12345678901234567890,"x":[1e-7,{"model":"no"}] }';
  expect(spliced(text, { model: '"b"' })).toBe(text.replace('"a"', '"b"'));
});

it('adds a member that is absent, also to an empty object', () => {
  expect(spliced('{"a":1}', { b: '{"c":true}' })).toBe('{"b":{"c":true},"a":1}');
  expect(spliced(' { } ', { b: '2' })).toBe(' {"b":2 } ');
});

it('replaces the occurrence that JSON readers take when a member is repeated', () => {
  expect(JSON.parse(spliced('{"model":"a","model":"b"}', { model: '"c"' })).model).toBe('c');
});

it('finds a member whose name is written with escapes', () => {
  expect(JSON.parse(spliced('{"mod\\u0065l":"a"}', { model: '"c"' }))).toEqual({ model: 'c' });
});

it('changes members, too, when the parsed value was let go, and has it no more', () => {
  const body = new JsonBody(Buffer.from('{"model":"a","x":1}'));
  body.letGoValue();
  const changed = body.splice(
    new Map([
      ['model', '"b"'],
      ['y', '2'],
    ]),
  );
  expect(Buffer.concat([...changed]).toString()).toBe('{"y":2,"model":"b","x":1}');
  expect(() => body.value).toThrow(Fault);
});

it('treats __proto__ as a member like any other', () => {
  const body = new JsonBody(Buffer.from('{"__proto__":{"model":"evil"},"model":"a"}'));
  expect(body.value.model).toBe('a');
  expect(body.text('__proto__')).toBe('{"model":"evil"}');
  expect(({} as { model?: string }).model).toBeUndefined();
});

it('changes any member of any object and nothing else', () => {
  const members = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 });
  fc.assert(
    fc.property(
      members,
      fc.string(),
      fc.jsonValue(),
      fc.constantFrom(0, 1, 2),
      (object, extra, value, indent) => {
        const names = [...Object.keys(object), extra];
        const name = names[Math.abs(extra.length) % names.length] ?? extra;
        const out = JSON.parse(
          spliced(JSON.stringify(object, null, indent), { [name]: JSON.stringify(value) }),
        );
        const expected = JSON.parse(
          JSON.stringify(Object.fromEntries([...Object.entries(object), [name, value]])),
        );
        expect(out).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

it.each([
  ['', /empty/],
  ['[1]', /object/],
  ['null', /object/],
  ['{"a":}', /not valid JSON/],
  ['{"a":NaN}', /not valid JSON/],
])('refuses %j with a sentence that does not repeat the input', (text, message) => {
  expect(() => new JsonBody(Buffer.from(text))).toThrow(message);
});

it('refuses bytes that are not UTF-8', () => {
  expect(() => new JsonBody(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toThrow(Fault);
});

it('says where JSON breaks without quoting the body', () => {
  const text = JSON.stringify({ messages: [{ role: 'user', content: 'a secret' }] });
  expect(() => new JsonBody(Buffer.from(`${text},`))).toThrow(
    /^The request body is not valid JSON \(at character \d+\)\.$/,
  );
});

it.each([
  ['{"model": nope}', 'at character 11'],
  ['{"a":tru}', 'at character 8'],
  ['{"a":NaN}', 'at character 5'],
  ['{"a":"b', 'it ends too early, at character 7'],
])('says of %j where it breaks, whatever V8 says of it', (text, place) => {
  expect(() => new JsonBody(Buffer.from(text))).toThrow(`The request body is not valid JSON (${place}).`);
});

it('skips a byte order mark, hands none on, and changes members where they are', () => {
  const text = '{"model":"a","x":"\uFEFFé"}';
  const body = new JsonBody(Buffer.from(`\uFEFF${text}`));
  expect(body.text('x')).toBe('"\uFEFFé"');
  expect(Buffer.concat([...body.splice(new Map())]).toString()).toBe(text);
  expect(spliced(`\uFEFF${text}`, { model: '"b"', y: '1' })).toBe('{"y":1,"model":"b","x":"\uFEFFé"}');
});

it('skips one mark alone, and takes nothing else for one', () => {
  expect(() => new JsonBody(Buffer.from('\uFEFF\uFEFF{}'))).toThrow('at character 0');
  expect(() => new JsonBody(Buffer.from('\uFEFF'))).toThrow('empty');
});
