import { describe, expect, it } from '@jest/globals';
import { JsonBody } from './json-body.ts';
import { MOST_JSON_MEMBERS, MOST_JSON_PARTS, MOST_JSON_VALUES } from './refuse-costly.ts';

const MIB = 1024 * 1024;
const parse = (text: string) => () => new JsonBody(Buffer.from(text));
const refusal = (what: string) =>
  expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(what) });

describe('a body of megabytes is refused before it is parsed', () => {
  it.each([
    ['more objects than any request has', `{"a":[${'{},'.repeat(MOST_JSON_PARTS)}1]}`, 'strings, arrays and'],
    ['more strings', `{"a":[${'"",'.repeat(MOST_JSON_PARTS)}1]}`, 'strings, arrays and objects'],
    ['more numbers', `{"a":[${'1,'.repeat(MOST_JSON_VALUES + 1)}1]}`, `${MOST_JSON_VALUES} values`],
    [
      'more members of one object',
      `{"a":{},"b":{${'"a":10,'.repeat(MOST_JSON_MEMBERS + 1)}"b":1}}`,
      `an object with more than ${MOST_JSON_MEMBERS} members`,
    ],
  ])('with %s', (_what, text, says) => {
    expect(parse(text)).toThrow(refusal(says));
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
      `{"a":[${'"",'.repeat(MOST_JSON_PARTS - 6)}""],"b":"${' '.repeat(MIB)}"}`,
    ],
    ['with as many levels', `{"b":"${' '.repeat(MIB)}","a":${'['.repeat(512)}${']'.repeat(512)}}`],
    [
      'whose text is full of brackets, quotes and backslashes',
      `{"a":${JSON.stringify('[{"\\'.repeat(MIB))}}`,
    ],
    ['whose numbers are many', `{"prompt":[${'1,'.repeat(MIB)}1]}`],
    ['with a bias for each token of a vocabulary', `{"logit_bias":{${'"a":-100,'.repeat(151_936)}"b":1}}`],
  ])('%s', (_what, text) => {
    expect(parse(text)).not.toThrow();
  });
});
