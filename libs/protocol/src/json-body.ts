// A JSON object as bytes, with where each top-level member lies, so that a field can be changed without touching the
// rest: what we don't know goes to the worker byte for byte, numbers in their own spelling. The parsed value is as large as
// the bytes and can be let go before them.
import { isUtf8 } from 'node:buffer';
import { Fault } from './fault.ts';
import { jsonFaultOffset } from './json-fault-offset.ts';
import { refuseCostly } from './refuse-costly.ts';

/** Byte offsets of one top-level member's value within the body: [start, end). */
interface MemberSpan {
  readonly start: number;
  readonly end: number;
}

export type JsonObject = { readonly [member: string]: unknown };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const COMMA = Buffer.from(',');

export class JsonBody {
  /** Without a byte order mark, which no worker gets to see. */
  readonly bytes: Buffer;
  #value: JsonObject | null;
  /** Names of the top-level members. */
  readonly #members: ReadonlySet<string>;
  #spans: ReadonlyMap<string, MemberSpan> | null = null;

  /** Parses the bytes once. Throws a Fault for what is not UTF-8, not JSON, not an object, or too costly to parse. */
  constructor(bytes: Buffer) {
    this.bytes = withoutMark(bytes);
    const value = parseObject(this.bytes);
    this.#value = value;
    this.#members = new Set(namesOf(value));
  }

  /** The body as JSON.parse reads it, until it is let go. */
  get value(): JsonObject {
    if (this.#value) return this.#value;
    throw new Fault('internal_error', { cause: new Error('the parsed body was needed after it was let go') });
  }

  /** From now on only the bytes and their members' places are known. Idempotent. */
  letGoValue(): void {
    this.#value = null;
  }

  /** Whether the member is there, be it null. */
  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** Where the member's value lies (the last one when it is repeated, as JSON readers take it); null when absent. */
  span(member: string): MemberSpan | null {
    this.#spans ??= topLevelSpans(this.bytes);
    return this.#spans.get(member) ?? null;
  }

  /** The JSON text of a member's value, as sent; null when absent. */
  text(member: string): string | null {
    const span = this.span(member);
    return span ? this.bytes.toString('utf8', span.start, span.end) : null;
  }

  /** The body with members replaced or added, each value given as JSON text; unchanged bytes are shared, not copied. */
  splice(changes: ReadonlyMap<string, string>): readonly Buffer[] {
    if (changes.size === 0) return [this.bytes];
    const open = this.bytes.indexOf(OPEN_BRACE) + 1;
    const added = [...changes].filter(([member]) => !this.#members.has(member));
    const replaced = [...changes]
      .filter(([member]) => this.#members.has(member))
      .map(([member, text]) => ({ span: this.#spanOf(member), text }))
      .sort((a, b) => a.span.start - b.span.start);
    const pieces: Buffer[] = [this.bytes.subarray(0, open)];
    if (added.length > 0) {
      pieces.push(Buffer.from(added.map(([member, text]) => `${JSON.stringify(member)}:${text}`).join(',')));
      if (this.#members.size > 0) pieces.push(COMMA);
    }
    let at = open;
    for (const { span, text } of replaced) {
      pieces.push(this.bytes.subarray(at, span.start), Buffer.from(text));
      at = span.end;
    }
    pieces.push(this.bytes.subarray(at));
    return pieces;
  }

  #spanOf(member: string): MemberSpan {
    const span = this.span(member);
    if (!span) throw new Fault('internal_error', { cause: new Error(`no span of member ${member}`) });
    return span;
  }
}

function parseObject(bytes: Buffer): JsonObject {
  if (bytes.length === 0)
    throw new Fault('invalid_json', { message: 'The request body is empty; send a JSON object.' });
  if (!isUtf8(bytes)) throw new Fault('invalid_json', { message: 'The request body is not valid UTF-8.' });
  refuseCostly(bytes);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault('invalid_json', { message: `The request body is not valid JSON (${where(text)}).` });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Fault('invalid_json', { message: 'The request body must be a JSON object.' });
  }
  return value as JsonObject;
}

/** No request has a hundred. Each costs a look at its depth and its place in the bytes. */
const MOST_MEMBERS = 1_024;

function namesOf(value: JsonObject): readonly string[] {
  const names = Object.keys(value);
  if (names.length <= MOST_MEMBERS) return names;
  throw new Fault('invalid_request', {
    message: `The request body has ${names.length} members; at most ${MOST_MEMBERS} are taken.`,
  });
}

/** Looking for the place takes as long as parsing does, or longer: of a text of megabytes it is not told. */
const MOST_SEARCHED = 256 * 1024;

/** V8 quotes the input in its message, and often leaves the place out; only the place is safe to repeat. */
function where(text: string): string {
  if (text.length > MOST_SEARCHED) return `${text.length} characters`;
  const offset = jsonFaultOffset(text);
  return offset < text.length ? `at character ${offset}` : `it ends too early, at character ${offset}`;
}

/** A reader may skip a byte order mark instead of taking it for an error (RFC 8259 section 8.1); vLLM does. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** One pass over bytes that JSON.parse has already accepted, so that nothing needs checking. */
function topLevelSpans(bytes: Buffer): ReadonlyMap<string, MemberSpan> {
  const spans = new Map<string, MemberSpan>();
  let at = bytes.indexOf(OPEN_BRACE) + 1;
  for (;;) {
    const keyStart = bytes.indexOf(QUOTE, at);
    if (keyStart < 0) return spans;
    const keyEnd = stringEnd(bytes, keyStart);
    const key = JSON.parse(bytes.toString('utf8', keyStart, keyEnd)) as string;
    const start = skipSpaceAndColon(bytes, keyEnd);
    const end = valueEnd(bytes, start);
    spans.set(key, { start, end });
    at = end;
  }
}

/** Offset after the string's closing quote. */
function stringEnd(bytes: Buffer, open: number): number {
  for (let close = bytes.indexOf(QUOTE, open + 1); ; close = bytes.indexOf(QUOTE, close + 1)) {
    let slashes = 0;
    while (bytes[close - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return close + 1;
  }
}

function skipSpaceAndColon(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; byte <= 0x20 || byte === 0x3a; byte = bytes[at] ?? 0) at++;
  return at;
}

function valueEnd(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  if (first === OPEN_BRACE || first === 0x5b) return nestedEnd(bytes, start);
  let at = start;
  for (
    let byte = bytes[at];
    byte !== undefined && byte > 0x20 && byte !== 0x2c && byte !== 0x7d;
    byte = bytes[at]
  )
    at++;
  return at;
}

function nestedEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at) - 1;
    else if (byte === OPEN_BRACE || byte === 0x5b) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1;
  }
}
