// The status line and headers of a worker's answer. Anything with two readings is refused (RFC 9112 11.2).
import { equalsAscii } from './json-walk.ts';

type Framing =
  | { readonly kind: 'counted'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** The body ends when the connection does (HTTP/1.0, or no length given). */
  | { readonly kind: 'close' };

export interface ResponseHead {
  readonly status: number;
  /** Lower-case media type without parameters; empty when not given. */
  readonly contentType: string;
  readonly framing: Framing;
  readonly keepsAlive: boolean;
}

type ParsedHead =
  | { readonly ok: true; readonly head: ResponseHead }
  | { readonly ok: false; readonly complaint: string };

const DIGITS = /^\d{1,15}$/;
/** `HTTP/1.1 200`; a reason may follow. */
const STATUS_BYTES = 12;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
/** 1: may stand in a header's name (`token` of RFC 9110). */
const IS_NAME = tableOf(/[!#$%&'*+.^_`|~0-9A-Za-z-]/);
/** May stand in a header's value or a reason. */
const IS_VALUE = tableOf(/[\t\x20-\x7e\x80-\xff]/);

/**
 * The head lies from `start` to `end`, without its closing empty line. Read byte by byte: as lines of text, each looked at by an
 * expression, it leaves several times as much garbage, and takes twice as long.
 */
export function parseResponseHead(bytes: Buffer, start: number, end: number): ParsedHead {
  const firstEnd = lineEnd(bytes, start, end);
  const version = readStatusLine(bytes, start, firstEnd);
  if (version < 0) return refused('a malformed status line');
  const isHttp11 = version === 1;
  const status = Number(bytes.toString('latin1', start + 9, start + STATUS_BYTES));
  let contentLength: string | null = null;
  let transferEncoding: string | null = null;
  let contentType = '';
  let connection = '';
  for (let at = firstEnd + 2; at <= end; ) {
    const nameEnd = endOf(IS_NAME, bytes, at, end);
    if (nameEnd === at || nameEnd >= end || bytes[nameEnd] !== COLON)
      return refused('a malformed header line');
    const valueStart = skipBlanks(bytes, nameEnd + 1, end);
    const valueEnd = endOf(IS_VALUE, bytes, valueStart, end);
    if (valueEnd < end && (bytes[valueEnd] !== CR || bytes[valueEnd + 1] !== LF))
      return refused('a malformed header line');
    const name = nameOf(bytes, at, nameEnd);
    if (name === 'content-type') contentType = mediaType(bytes, valueStart, valueEnd);
    else if (name !== null) {
      const value = bytes.toString('latin1', valueStart, withoutBlanks(bytes, valueStart, valueEnd));
      switch (name) {
        case 'content-length':
          if (contentLength !== null && contentLength !== value) return refused('two content lengths');
          contentLength = value;
          break;
        case 'transfer-encoding':
          if (transferEncoding !== null) return refused('two transfer encodings');
          transferEncoding = value.toLowerCase();
          break;
        case 'content-encoding':
          // We ask for none (no accept-encoding), so a worker that compresses cannot be read.
          if (value.toLowerCase() !== 'identity') return refused('a compressed body nobody asked for');
          break;
        case 'connection':
          connection += `${value.toLowerCase()},`;
      }
    }
    at = valueEnd + 2;
  }
  const framing = frame(status, isHttp11, contentLength, transferEncoding);
  if (typeof framing === 'string') return refused(framing);
  return { ok: true, head: { status, contentType, framing, keepsAlive: keepsAlive(isHttp11, connection) } };
}

function keepsAlive(isHttp11: boolean, connection: string): boolean {
  if (connection === '') return isHttp11;
  return isHttp11
    ? !/(^|[ \t,])close([ \t,]|$)/.test(connection)
    : /(^|[ \t,])keep-alive([ \t,]|$)/.test(connection);
}

/** The minor version, 0 or 1; -1: not a status line. */
function readStatusLine(bytes: Buffer, start: number, end: number): number {
  const isLong = end >= start + STATUS_BYTES;
  if (!isLong || !equalsAscii(bytes, start, start + 7, 'HTTP/1.') || bytes[start + 8] !== SPACE) return -1;
  const version = digitAt(bytes, start + 7);
  const hundreds = digitAt(bytes, start + 9);
  if (version > 1 || hundreds < 1) return -1;
  if (digitAt(bytes, start + 10) < 0 || digitAt(bytes, start + 11) < 0) return -1;
  const at = start + STATUS_BYTES;
  return at === end || (bytes[at] === SPACE && endOf(IS_VALUE, bytes, at, end) === end) ? version : -1;
}

function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** Of the names that mean something here; null: any other. No two are of one length. */
function nameOf(bytes: Buffer, start: number, end: number): Name | null {
  const name = NAMES[end - start];
  return name !== undefined && isNamed(bytes, start, name) ? name : null;
}

type Name = 'connection' | 'content-type' | 'content-length' | 'content-encoding' | 'transfer-encoding';

const NAMES: readonly (Name | undefined)[] = byLength([
  'connection',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

function byLength(names: readonly Name[]): readonly (Name | undefined)[] {
  const list = Array.from<Name | undefined>({ length: 64 });
  for (const name of names) list[name.length] = name;
  return list;
}

/** What workers answer with; the text is made only of others. */
const MEDIA_TYPES = ['application/json', 'text/event-stream'];

/** Lower case, without parameters. */
function mediaType(bytes: Buffer, start: number, end: number): string {
  for (const type of MEDIA_TYPES) {
    const after = start + type.length;
    const isWhole = after === end || bytes[after] === SEMICOLON;
    if (after <= end && isWhole && isNamed(bytes, start, type)) return type;
  }
  return (bytes.toString('latin1', start, end).split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** In any case. */
function isNamed(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Of the line that begins at `start`: where its CR LF is, or `end`. */
function lineEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at + 1 < end; at++) if (bytes[at] === CR && bytes[at + 1] === LF) return at;
  return end;
}

/** Behind those bytes from `start` on that are in the table. */
function endOf(table: Uint8Array, bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && table[bytes[at] ?? 0] === 1) at++;
  return at;
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** Before the blanks that end it; no other character is one (RFC 9110 section 5.6.3), whatever JavaScript trims. */
function withoutBlanks(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === SPACE || bytes[at - 1] === TAB)) at--;
  return at;
}

function tableOf(characters: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (characters.test(String.fromCharCode(byte)) ? 1 : 0));
}

function frame(
  status: number,
  isHttp11: boolean,
  contentLength: string | null,
  transferEncoding: string | null,
): Framing | string {
  if (status === 101) return 'a switch of protocols nobody asked for';
  if (contentLength !== null && transferEncoding !== null)
    return 'both a content length and a transfer encoding';
  if (contentLength !== null && !DIGITS.test(contentLength)) return 'a malformed content length';
  if (transferEncoding !== null && (transferEncoding !== 'chunked' || !isHttp11))
    return 'an unknown transfer encoding';
  if (status < 200 || status === 204 || status === 304) return { kind: 'counted', bytes: 0 };
  if (transferEncoding !== null) return { kind: 'chunked' };
  return contentLength === null ? { kind: 'close' } : { kind: 'counted', bytes: Number(contentLength) };
}

function refused(complaint: string): ParsedHead {
  return { ok: false, complaint };
}
