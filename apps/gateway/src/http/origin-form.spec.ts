import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { toOriginForm } from './origin-form.ts';

it.each([
  ['http://x/v1/chat/completions', '/v1/chat/completions'],
  ['HTTPS://x:8080/v1/models?a=http://y/z', '/v1/models?a=http://y/z'],
  ['http://x', '/'],
  ['http://x?a=b', '/?a=b'],
  ['/v1/models', '/v1/models'],
  ['//x/v1/models', '//x/v1/models'],
  ['/http://x/v1', '/http://x/v1'],
  ['*', '*'],
  ['ftp://x/v1', 'ftp://x/v1'],
])('makes %s the target %s', (target, origin) => {
  const req = new IncomingMessage(new Socket());
  req.url = target;
  toOriginForm(req);
  expect(req.url).toBe(origin);
});
