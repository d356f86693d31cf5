// A pepper anyone can guess makes stolen digests as good as keys, so the boot stops on one.

/** 256 bits written in hex are 64 characters, in base64 43; below 32 it is not even 128 bits of hex. */
const MIN_PEPPER_BYTES = 32;
/** Words of examples and of people who meant to come back to it. */
const EXAMPLE_WORDS =
  /change.?me|example|replace|placeholder|your[-_ ]|secret|password|pepper|ropeway|dummy/i;
/** 32 random hex digits have fewer than 8 different ones once in about 10^9 times. */
const MIN_DISTINCT_CHARACTERS = 8;

/** The sentence that says what is wrong with a pepper, or null. Never holds the pepper. */
export function pepperFlaw(pepper: string): string | null {
  if (pepper === '') return 'is empty';
  if (Buffer.byteLength(pepper) < MIN_PEPPER_BYTES) return `is shorter than ${MIN_PEPPER_BYTES} bytes`;
  if (EXAMPLE_WORDS.test(pepper) || isSequence(pepper)) return 'is a published example, not a secret';
  if (new Set(pepper).size < MIN_DISTINCT_CHARACTERS) return 'repeats a few characters, so it can be guessed';
  return null;
}

/** `0123456789abcdef0123456789abcdef`, the pepper of many a README. */
function isSequence(pepper: string): boolean {
  const digits = '0123456789abcdef'.repeat(2);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return pepper.toLowerCase().includes(digits.slice(0, 16)) || pepper.toLowerCase().includes(letters);
}
