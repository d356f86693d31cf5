import { describe, expect, it } from '@jest/globals';
import type { ResponseHead } from './response-head.ts';
import { MAX_HEAD_BYTES, type Progress, ResponseReader } from './response-reader.ts';

function read(reads: readonly string[]) {
  const reader = new ResponseReader();
  const heads: ResponseHead[] = [];
  let body = '';
  reader.expect({
    onHead: (head) => heads.push(head),
    onBody: (bytes, start, end) => {
      body += bytes.toString('latin1', start, end);
    },
  });
  let progress: Progress = 'more';
  for (const text of reads) {
    if (progress !== 'more') break;
    // A shared buffer: what lies after the end is from an earlier read.
    const bytes = Buffer.from(`${text}\r\n\r\nstale\r\n\r\n`, 'latin1');
    progress = reader.feed(bytes, text.length);
  }
  return { progress, heads, body, reader };
}

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('reads, cut anywhere,', () => {
  it.each<[string, string, string, boolean]>([
    ['a counted body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello', true],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['an empty counted body', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', '', true],
    ['a chunked body', `${CHUNKED}5\r\nhello\r\n00a\r\n, world!!!\r\n0\r\n\r\n`, 'hello, world!!!', true],
    [
      'chunk extensions and trailers',
      `${CHUNKED}5;a=b;c\r\nhello\r\n0;x\r\nx-t: 1\r\ny: 2\r\n\r\n`,
      'hello',
      true,
    ],
    [
      'interim answers first',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n${CHUNKED}1\r\na\r\n0\r\n\r\n`,
      'a',
      true,
    ],
    [
      'connection: close',
      'HTTP/1.1 200 OK\r\nconnection: foo, Close\r\ncontent-length: 1\r\n\r\na',
      'a',
      false,
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', 'a', false],
    [
      'HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na',
      'a',
      true,
    ],
    [
      'equal lengths given twice',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na',
      'a',
      true,
    ],
  ])('%s', (_what, text, body, isReusable) => {
    const cuts = [[text], [...text], ...Array.from(text, (_, i) => [text.slice(0, i), text.slice(i)])];
    for (const reads of cuts) {
      const got = read(reads.filter((part) => part !== ''));
      expect([got.progress, got.body, got.reader.isReusable]).toEqual(['done', body, isReusable]);
      expect(got.heads).toHaveLength(1);
    }
  });
});

it('reads a body without a length up to the close, and a cut one not', () => {
  const open = read(['HTTP/1.1 200 OK\r\n\r\n', 'abc']);
  expect([open.progress, open.body, open.reader.close()]).toEqual(['more', 'abc', 'done']);
  expect(read([`${CHUNKED}5\r\nhel`]).reader.close()).toBe('cut');
  expect(read(['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel']).reader.close()).toBe('cut');
  expect(read(['HTTP/1.1 200']).reader.close()).toBe('cut');
});

describe('refuses what could be read in two ways:', () => {
  const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`;
  it.each<[string, string]>([
    ['length and chunked', head('content-length: 5\r\ntransfer-encoding: chunked')],
    ['two lengths', head('content-length: 5\r\ncontent-length: 6')],
    ['a list of lengths', head('content-length: 5, 5')],
    ['a signed length', head('content-length: +5')],
    ['a hexadecimal length', head('content-length: 0x5')],
    ['an empty length', head('content-length:')],
    ['an endless length', head('content-length: 99999999999999999999')],
    ['chunked twice', head('transfer-encoding: chunked, chunked')],
    ['chunked in two lines', head('transfer-encoding: chunked\r\ntransfer-encoding: chunked')],
    ['another coding', head('transfer-encoding: gzip, chunked')],
    ['an unknown coding', head('transfer-encoding: xchunked')],
    ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['a compressed body', head('content-encoding: gzip\r\ncontent-length: 1')],
    ['a space before the colon', head('content-length : 5')],
    ['a folded line', head('x: a\r\n content-length: 5')],
    ['a bare line feed', head('x: a\ncontent-length: 5')],
    ['a bare carriage return', head('x: a\rcontent-length: 5')],
    ['a zero byte', head('x: a\0')],
    ['a name that is none', head('a b: c')],
    ['a line without a colon', head('content-length 5')],
    ['a space first', head(' content-length: 5')],
    ['no status line', 'HTTP/2 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n'],
    ['something else altogether', '\x16\x03\x01\r\n\r\n'],
    ['a chunk without a size', `${CHUNKED}\r\nhello`],
    ['a chunk size of words', `${CHUNKED}xyz\r\n`],
    ['a chunk size with a sign', `${CHUNKED}-1\r\n`],
    ['a chunk size with 0x', `${CHUNKED}0x5\r\n`],
    ['a chunk size with a space', `${CHUNKED}5 \r\n`],
    ['a chunk size ended by a line feed', `${CHUNKED}5\nhello`],
    ['a giant chunk', `${CHUNKED}ffffffff\r\n`],
    ['a chunk longer than its size', `${CHUNKED}5\r\nhello!\r\n`],
    ['a chunk ended by a line feed', `${CHUNKED}5\r\nhello\n0`],
    ['an endless extension', `${CHUNKED}5;${'x'.repeat(300)}`],
    ['a line feed in an extension', `${CHUNKED}5;a\nb\r\n`],
    ['endless trailers', `${CHUNKED}0\r\n${'x: y\r\n'.repeat(MAX_HEAD_BYTES / 6 + 1)}`],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(MAX_HEAD_BYTES / 6 + 1)}`],
  ])('%s', (_what, text) => {
    for (const reads of [[text], text.length < 1000 ? [...text] : [text]]) {
      const got = read(reads);
      expect([got.progress, got.body === '' || text.includes(got.body), got.reader.isReusable]).toEqual([
        'refused',
        true,
        false,
      ]);
      expect(got.reader.complaint).not.toBe('');
    }
  });
});

it('bytes after the answer make the connection unusable, whatever they are', () => {
  const got = read(['HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\n']);
  expect([got.progress, got.body, got.reader.isReusable]).toEqual(['done', 'a', false]);
});
