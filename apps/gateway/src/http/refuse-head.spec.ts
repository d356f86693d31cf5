import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { refuseHead } from './refuse-head.ts';

function statusOf(headers: readonly (readonly [string, string])[], httpVersion = '1.1'): number | null {
  const req = new IncomingMessage(new Socket());
  req.httpVersion = httpVersion;
  req.rawHeaders = headers.flat();
  // As Node makes it: names in lower case, of several hosts the first.
  req.headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]).toReversed());
  return refuseHead(req)?.status ?? null;
}

it.each(['a', 'api.example.com', 'a_b:8080', '127.0.0.1:80', '[::1]', '[::1]:8080', '', 'a:', 'x%41y', '*'])(
  'takes the host %j',
  (host) => expect(statusOf([['Host', host]])).toBeNull(),
);

it.each(['a b', 'a/b', 'http://a', 'a:b', 'user@a', 'a\\b', '::1', '[::1', 'ä', 'a%4', 'a?b'])(
  'refuses the host %j',
  (host) => expect(statusOf([['host', host]])).toBe(400),
);

it('refuses two hosts in any spelling, and those that agree', () => {
  expect(
    statusOf([
      ['host', 'a'],
      ['accept', '*/*'],
      ['hOst', 'b'],
    ]),
  ).toBe(400);
  expect(
    statusOf([
      ['Host', 'a'],
      ['Host', 'a'],
    ]),
  ).toBe(400);
  expect(
    statusOf([
      ['Host', 'a'],
      ['Most', 'b'],
      ['x-host', 'c'],
    ]),
  ).toBeNull();
});

it('refuses two keys in any spelling, of which a proxy may have read the other', () => {
  const host = ['host', 'a'] as const;
  const key = (name: string) => [name, `Bearer ${name}`] as const;
  expect(statusOf([host, key('Authorization')])).toBeNull();
  expect(statusOf([host, key('authorization'), key('aUthorization')])).toBe(400);
  expect(statusOf([host, key('authorization'), key('authorizatiom')])).toBeNull();
});

it('refuses a host that is none after one that was well, and the other way round', () => {
  const statuses = ['a', 'a b', 'a', 'a b'].map((host) => statusOf([['host', host]]));
  expect(statuses).toEqual([null, 400, null, 400]);
});

it('asks no host of HTTP/1.0', () => {
  expect(statusOf([], '1.0')).toBeNull();
  expect(statusOf([])).toBe(400);
});

it.each([
  ['chunked', null],
  ['Chunked', null],
  [', chunked', null],
  ['gzip, chunked', 501],
  ['GZIP,chunked', 501],
  ['identity, chunked', 501],
  ['chunked, chunked', 400],
  ['chunked, gzip', 400],
  ['xchunked', 400],
  ['', 400],
])('answers transfer-encoding %j with %j', (value, status) => {
  expect(
    statusOf([
      ['host', 'a'],
      ['transfer-encoding', value],
    ]),
  ).toBe(status);
});
