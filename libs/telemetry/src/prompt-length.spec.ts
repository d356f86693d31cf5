import { expect, it } from '@jest/globals';
import { PROMPT_LENGTHS, promptLength } from './prompt-length.ts';

it.each([
  [0, '0-1k'],
  [1023, '0-1k'],
  [1024, '1k-4k'],
  [40_959, '32k-40k'],
  [40_960, '40k-64k'],
  [65_536, '64k-128k'],
  [131_072, '128k-'],
  [1_000_000, '128k-'],
])('puts %d tokens into %s', (tokens, length) => {
  expect(promptLength(tokens)).toBe(length);
});

it('has eight classes', () => {
  expect(new Set(PROMPT_LENGTHS).size).toBe(8);
});
