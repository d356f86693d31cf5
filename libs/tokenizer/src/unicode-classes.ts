// Which class each code point has for the Qwen splitting pattern, in the Unicode version the engine's tokenizer was
// built with (16), not in Node's: 4,657 code points differ between them today.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Classes; at most one a code point. */
export const OTHER = 0;
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 3;
/** CR and LF, which the pattern treats apart from other white space. */
export const NEWLINE = 4;
/** Set beside the class: NFC changes or reorders this code point, or may join it to what stands before it. */
export const COMPOSING = 8;

const CODE_POINTS = 0x110000;

const tables = z.object({
  letters: z.string(),
  numbers: z.string(),
  spaces: z.string(),
  composing: z.string(),
});

/** One byte a code point, in memory that worker threads share. */
export async function loadUnicodeClasses(): Promise<Uint8Array> {
  const json = await readFile(new URL('../assets/unicode.json', import.meta.url), 'utf8');
  const { letters, numbers, spaces, composing } = tables.parse(JSON.parse(json));
  const classes = new Uint8Array(new SharedArrayBuffer(CODE_POINTS));
  for (const [first, last] of readRanges(letters)) classes.fill(LETTER, first, last + 1);
  for (const [first, last] of readRanges(numbers)) classes.fill(NUMBER, first, last + 1);
  for (const [first, last] of readRanges(spaces)) classes.fill(SPACE, first, last + 1);
  classes[0x0a] = NEWLINE;
  classes[0x0d] = NEWLINE;
  for (const [first, last] of readRanges(composing)) {
    for (let codePoint = first; codePoint <= last; codePoint++)
      classes[codePoint] = (classes[codePoint] ?? OTHER) | COMPOSING;
  }
  return classes;
}

/** `41-5a aa`: hexadecimal, ascending, both ends included. */
function* readRanges(text: string): Generator<readonly [number, number]> {
  for (const range of text.split(' ')) {
    const [first = '', last = first] = range.split('-');
    yield [Number.parseInt(first, 16), Number.parseInt(last, 16)];
  }
}
