// The printable spelling GPT-2 gave to bytes, in which tokenizer.json writes its tokens; ids of the single bytes follow
// its order: first the bytes that are printable themselves, then the rest.
import { BYTE_TOKENS } from './vocabulary.ts';

/** byteOfToken[id] for ids 0..255. */
export const byteOfToken: Uint8Array = orderedBytes();

/** The spelling of each single-byte token, by id. */
export const spellingOfToken: readonly string[] = spellings();

/** The same by byte. */
export const spellingOfByte: readonly string[] = spellingsByByte();

function orderedBytes(): Uint8Array {
  const printable: number[] = [];
  const rest: number[] = [];
  for (let byte = 0; byte < BYTE_TOKENS; byte++) (isPrintable(byte) ? printable : rest).push(byte);
  return Uint8Array.from([...printable, ...rest]);
}

function spellings(): readonly string[] {
  let unprintable = 0;
  return Array.from(byteOfToken, (byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : BYTE_TOKENS + unprintable++),
  );
}

/** Latin-1 characters with a glyph of their own: not controls, spaces or the soft hyphen. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

function spellingsByByte(): readonly string[] {
  const byByte: string[] = Array.from({ length: BYTE_TOKENS }, () => '');
  for (const [id, spelling] of spellingOfToken.entries()) byByte[byteOfToken[id] ?? 0] = spelling;
  return byByte;
}
