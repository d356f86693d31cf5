// The shape of an API key: rw_live_<id: 12>_<secret: 43>_<crc32: 6>, base62 throughout. The id is public (logs, metrics,
// look-ups); the secret holds 256 bits (62^43 > 2^256) and is shown once; the checksum lets us refuse junk without
// looking anything up, and lets secret scanners tell a key from a lookalike.
import { crc32 } from 'node:zlib';
import { randomBase62, toBase62 } from './base62.ts';

export type KeyEnvironment = 'live' | 'test';

export interface KeyToken {
  readonly environment: KeyEnvironment;
  readonly id: string;
  /** Never logged, never stored; only its HMAC is. */
  readonly secret: string;
}

const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const TOKEN = /^rw_(live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})_[0-9A-Za-z]{6}$/;
/** Length of every key; anything else is refused before the pattern is tried. */
export const TOKEN_LENGTH = 'rw_live_'.length + ID_LENGTH + 1 + SECRET_LENGTH + 1 + CHECKSUM_LENGTH;

/** A new key. Its text is `tokenText(token)`. */
export function newKeyToken(environment: KeyEnvironment): KeyToken {
  return { environment, id: randomBase62(ID_LENGTH), secret: randomBase62(SECRET_LENGTH) };
}

/** The text a client sends. */
export function tokenText(token: KeyToken): string {
  const body = `rw_${token.environment}_${token.id}_${token.secret}`;
  return `${body}_${checksum(body)}`;
}

/** The parts of a key, or null for anything whose shape or checksum is wrong. Never throws. */
export function parseKeyToken(text: string): KeyToken | null {
  if (text.length !== TOKEN_LENGTH) return null;
  const [, environment, id, secret] = TOKEN.exec(text) ?? [];
  if (environment === undefined || id === undefined || secret === undefined) return null;
  const bodyLength = TOKEN_LENGTH - CHECKSUM_LENGTH - 1;
  if (checksum(text.slice(0, bodyLength)) !== text.slice(bodyLength + 1)) return null;
  return { environment: environment === 'test' ? 'test' : 'live', id, secret };
}

/** The id within a text of a key's length; nonsense, but never a throw, for anything else. */
export function idOf(text: string): string {
  return text.slice('rw_live_'.length, 'rw_live_'.length + ID_LENGTH);
}

/** CRC-32 (ISO-HDLC, as in zlib) of everything before it; 62^6 > 2^32, so six characters hold it. */
function checksum(body: string): string {
  return toBase62(crc32(body), CHECKSUM_LENGTH);
}
