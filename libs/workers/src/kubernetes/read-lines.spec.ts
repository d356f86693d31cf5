import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readLines } from './read-lines.ts';

async function* chunked(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function linesOf(text: string, cuts: readonly number[] = [], maxLineBytes = 1_000_000) {
  const batches: (readonly string[])[] = [];
  for await (const batch of readLines(chunked(Buffer.from(text), cuts), maxLineBytes)) batches.push(batch);
  return batches;
}

it('gives the same lines however the bytes are cut', async () => {
  const aLine = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(aLine), fc.array(fc.nat()), async (lines, cuts) => {
      const batches = await linesOf(lines.map((line) => `${line}\n`).join(''), cuts);
      expect(batches.flat()).toEqual(lines.filter((line) => line !== ''));
    }),
  );
});

it('drops a line the stream ends in', async () => {
  expect(await linesOf('a\nb\nc')).toEqual([['a', 'b']]);
});

it('gives what came before a line that is too long, then fails', async () => {
  const seen: string[] = [];
  const reading = (async () => {
    for await (const batch of readLines(chunked(Buffer.from(`a\n${'x'.repeat(50)}`), [10, 30]), 20))
      seen.push(...batch);
  })();
  await expect(reading).rejects.toMatchObject({
    kind: 'unreadable',
    message: expect.stringContaining('20 bytes'),
  });
  expect(seen).toEqual(['a']);
});
