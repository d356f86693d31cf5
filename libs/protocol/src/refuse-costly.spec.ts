import { describe, expect, it } from '@jest/globals';
import { JsonBody } from './json-body.ts';
import { MOST_JSON_PARTS } from './refuse-costly.ts';

const MIB = 1024 * 1024;
const parse = (text: string) => () => new JsonBody(Buffer.from(text));
const refusal = (what: string) =>
  expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(what) });

describe('a body of megabytes is refused before it is parsed', () => {
  it.each([
    ['more names than any request has', `{${'"a":1,'.repeat(MOST_JSON_PARTS)}"b":1}`],
    ['more objects', `{"a":[${'{},'.repeat(MOST_JSON_PARTS)}1]}`],
    ['more strings', `{"a":[${'"",'.repeat(MOST_JSON_PARTS)}1]}`],
  ])('with %s', (_what, text) => {
    expect(parse(text)).toThrow(refusal('strings, arrays and objects'));
  });

  it.each([
    ['arrays', `{"a":${'['.repeat(MIB)}${']'.repeat(MIB)}}`],
    ['objects', `${'{"a":'.repeat(MIB)}1${'}'.repeat(MIB)}`],
    ['arrays that never end', '['.repeat(MIB)],
  ])('with more levels of %s than any field may have', (_what, text) => {
    expect(parse(text)).toThrow(refusal('nested deeper than 513 levels'));
  });
});

describe('a body of megabytes is parsed', () => {
  it.each([
    [
      'with as many parts as there may be',
      `{${'"a":1,'.repeat(MOST_JSON_PARTS - 2)}"b":"${' '.repeat(MIB)}"}`.replace('"a":1,', ''),
    ],
    ['with as many levels', `{"b":"${' '.repeat(MIB)}","a":${'['.repeat(512)}${']'.repeat(512)}}`],
    [
      'whose text is full of brackets, quotes and backslashes',
      `{"a":${JSON.stringify('[{"\\'.repeat(MIB))}}`,
    ],
    ['whose numbers are many', `{"prompt":[${'1,'.repeat(MIB)}1]}`],
  ])('%s', (_what, text) => {
    expect(parse(text)).not.toThrow();
  });
});
