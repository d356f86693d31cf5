import { expect, it } from '@jest/globals';
import { BodyBytes } from './body-bytes.ts';

it('takes up to the bound and not a byte more', () => {
  const bytes = new BodyBytes(100);
  expect(bytes.take(60)).toBe(true);
  expect(bytes.take(40)).toBe(true);
  expect(bytes.take(1)).toBe(false);
});

it('takes nothing when it refuses', () => {
  const held = { bodyBytes: 0 };
  const bytes = new BodyBytes(100, held);
  bytes.take(60);
  bytes.take(50);
  expect(held.bodyBytes).toBe(60);
});

it('has room again for what was given back', () => {
  const bytes = new BodyBytes(100);
  bytes.take(100);
  bytes.give(100);
  expect(bytes.take(100)).toBe(true);
});

it('lets the first piece in however large it is', () => {
  expect(new BodyBytes(100).take(1_000)).toBe(true);
});
