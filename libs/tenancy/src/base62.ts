// The alphabet of keys: letters and digits only, so that a key survives a double click, a URL and a shell.
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Largest multiple of 62 a byte can hold. Bytes from here on are thrown away, or the first 8 characters would be likelier. */
const UNBIASED_BYTES = 248;

/** `length` characters from the operating system's random source, each of the 62 equally likely. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < UNBIASED_BYTES && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}

/** A number below 62^length, most significant character first, padded with `0`. */
export function toBase62(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let place = 0; place < length; place++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
