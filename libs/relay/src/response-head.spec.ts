import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../../test/seeded-random.ts';
import { parseResponseHead } from './response-head.ts';

const parse = (text: string) => {
  // Somewhere inside a larger buffer, as it is read: what lies around it must not be looked at.
  const bytes = Buffer.from(`xx${text}\r\n\r\n{"a: b"}`, 'latin1');
  return parseResponseHead(bytes, 2, 2 + text.length);
};

describe('the head of a worker', () => {
  it.each([
    [
      'HTTP/1.1 200 OK\r\ncontent-length: 12\r\nContent-Type: Application/JSON; charset=utf-8',
      { kind: 'counted', bytes: 12 },
    ],
    ['HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\ncontent-type:application/json', { kind: 'chunked' }],
    ['HTTP/1.1 200 \r\nx: \xe4\t y \r\nCONTENT-TYPE: \t application/json \t', { kind: 'close' }],
    ['HTTP/1.1 204 No\r\ncontent-type: application/json', { kind: 'counted', bytes: 0 }],
  ])('is understood whatever its case and blanks: %j', (text, framing) => {
    expect(parse(text)).toEqual({
      ok: true,
      head: {
        status: text.includes('204') ? 204 : 200,
        contentType: 'application/json',
        framing,
        keepsAlive: true,
      },
    });
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nconnection: x, close', false],
    ['HTTP/1.1 200 OK\r\nconnection: closed', true],
    ['HTTP/1.1 200 OK\r\nconnection: x,\tclose', false],
    ['HTTP/1.0 200 OK', false],
    ['HTTP/1.0 200 OK\r\nconnection: Keep-Alive', true],
    ['HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nConnection: close', false],
  ])('keeps the connection or not: %j', (text, keepsAlive) => {
    expect(parse(text)).toMatchObject({ ok: true, head: { keepsAlive } });
  });

  it.each([
    ['', 'a malformed status line'],
    ['HTTP/1.1 20', 'a malformed status line'],
    ['HTTP/2.0 200 OK', 'a malformed status line'],
    ['HTTP/1.1 099 OK', 'a malformed status line'],
    ['HTTP/1.1 2000', 'a malformed status line'],
    ['HTTP/1.1 200 O\x01K', 'a malformed status line'],
    ['HTTP/1.1 200 OK\r\n', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\n\r\na: b', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\n: b', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\na b: c', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\ncontent-length : 1', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\n folded: 1', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\na: b\n', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\na: b\rc: d', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\na: b\x00', 'a malformed header line'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2', 'two content lengths'],
    ['HTTP/1.1 200 OK\r\ncontent-length: +1', 'a malformed content length'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\xa0', 'a malformed content length'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\xa0', 'an unknown transfer encoding'],
    [
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked',
      'both a content length and a transfer encoding',
    ],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked', 'two transfer encodings'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip', 'an unknown transfer encoding'],
    ['HTTP/1.0 200 OK\r\ntransfer-encoding: chunked', 'an unknown transfer encoding'],
    ['HTTP/1.1 200 OK\r\ncontent-encoding: gzip', 'a compressed body nobody asked for'],
    ['HTTP/1.1 101 X', 'a switch of protocols nobody asked for'],
  ])('is refused where two could read it differently: %j', (text, complaint) => {
    expect(parse(text)).toEqual({ ok: false, complaint });
  });

  it('has the lines that the grammar of RFC 9112 allows, and no others', () => {
    const STATUS = /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/;
    const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[\t\x20-\x7e\x80-\xff]*$/;
    const random = new SeededRandom(11);
    const pieces = [
      'HTTP/1.1 200 OK',
      '\r\n',
      'a',
      ': ',
      ':',
      ' ',
      '\t',
      '\r',
      '\n',
      '\x00',
      'B-c',
      '(',
      'x y',
      '\xff',
      '\x7f',
    ];
    for (let turn = 0; turn < 20_000; turn++) {
      const start = random.below(8) === 0 ? '' : 'HTTP/1.1 200 OK\r\na: b';
      const text = start + random.text(random.below(8), () => random.pick(pieces));
      const [first = '', ...others] = text.split('\r\n');
      const isAllowed = STATUS.test(first) && others.every((line) => HEADER.test(line));
      expect([text, parse(text).ok]).toEqual([text, isAllowed]);
    }
  });
});
