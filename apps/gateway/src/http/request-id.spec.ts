import { expect, it } from '@jest/globals';
import { newRequestId, saneRequestId } from './request-id.ts';

it.each([
  'a',
  'req-1',
  '550e8400-e29b-41d4-a716-446655440000',
  'trace/a:b@c+d=e.f',
  '.a',
  'a..',
  '.-.',
  'x'.repeat(128),
])('takes the id %s', (id) => expect(saneRequestId(id)).toBe(id));

it.each([
  '',
  'two words',
  'line\r\nset-cookie: a=b',
  'tab\there',
  '"quoted"',
  '{"json":1}',
  'naïve',
  'x'.repeat(129),
  '.',
  '..',
  '...',
])('makes nothing of the id %j', (id) => expect(saneRequestId(id)).toBeNull());

it('makes nothing of an absent or a repeated header', () => {
  expect(saneRequestId(undefined)).toBeNull();
  expect(saneRequestId(['a', 'b'])).toBeNull();
});

it('makes ids that are sane and never the same, over many refills of its pool', () => {
  const ids = Array.from({ length: 2_000 }, newRequestId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^req-[0-9a-f]{32}$/);
  expect(ids.every((id) => saneRequestId(id) === id)).toBe(true);
});
