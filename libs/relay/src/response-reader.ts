// Reads one HTTP/1.1 answer of a worker from the bytes of its socket. Strict where leniency has been used to smuggle
// (RFC 9112 sections 5, 6 and 11.2): what two readers could understand differently is refused, and the socket dropped.
import { parseResponseHead, type ResponseHead } from './response-head.ts';

export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** `bytes` are lent until the call returns. */
  onBody(bytes: Buffer, start: number, end: number): void;
}

/** Head and trailers together; vLLM's own are under 1 KiB. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** Chunk extensions mean nothing here; what is longer than this is an attack or a mistake. */
const MAX_EXTENSION_BYTES = 256;

const HEAD = 0;
const COUNTED = 1;
const UNTIL_CLOSE = 2;
const CHUNK_SIZE = 3;
const CHUNK_EXTENSION = 4;
const CHUNK_SIZE_LF = 5;
const CHUNK_DATA = 6;
const CHUNK_END_CR = 7;
const CHUNK_END_LF = 8;
const TRAILER = 9;
const DONE = 10;
const REFUSED = 11;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

export type Progress = 'more' | 'done' | 'refused';

/** One for each socket; `expect` makes it ready for the next answer. */
export class ResponseReader {
  /** Why the answer was refused. */
  complaint = '';
  /** Whether the connection may carry another request. */
  isReusable = false;
  #sink: ResponseSink | null = null;
  #state = DONE;
  #left = 0;
  #sizeDigits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #lineBytes = 0;
  #head: Buffer | null = null;

  expect(sink: ResponseSink): void {
    this.#sink = sink;
    this.#state = HEAD;
    this.#head = null;
    this.#trailerBytes = 0;
    this.#lineBytes = 0;
    this.isReusable = false;
  }

  /** The answer is over: a socket at rest must not keep what the last request was made of. */
  forget(): void {
    this.#sink = null;
    this.#head = null;
  }

  /** From here on the body goes to another sink. */
  redirect(sink: ResponseSink): void {
    this.#sink = sink;
  }

  /** Bytes past the end of an answer make the connection unusable: nothing was asked that they could answer. */
  feed(bytes: Buffer, end: number): Progress {
    let at = 0;
    while (at < end) {
      switch (this.#state) {
        case HEAD:
          at = this.#readHead(bytes, at, end);
          break;
        case CHUNK_SIZE:
          at = this.#readChunkSize(bytes, at, end);
          break;
        case CHUNK_DATA:
        case COUNTED:
        case UNTIL_CLOSE:
          at = this.#readData(bytes, at, end);
          break;
        case DONE:
          this.isReusable = false;
          return 'done';
        case REFUSED:
          return 'refused';
        default:
          this.#readByte(bytes[at] ?? 0);
          at++;
      }
    }
    return this.#state === DONE ? 'done' : this.#state === REFUSED ? 'refused' : 'more';
  }

  /** The worker closed its side: the end of a body without a length, or a cut. */
  close(): 'done' | 'cut' {
    if (this.#state !== UNTIL_CLOSE) return this.#state === DONE ? 'done' : 'cut';
    this.#state = DONE;
    return 'done';
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const held = this.#head?.length ?? 0;
    const head = this.#head ? Buffer.concat([this.#head, bytes.subarray(at, end)]) : bytes;
    const from = this.#head ? 0 : at;
    const headEnd = head.indexOf('\r\n\r\n', this.#head ? Math.max(0, held - 3) : at, 'latin1');
    const length = (headEnd < 0 ? (this.#head ? head.length : end) : headEnd) - from;
    if (length > MAX_HEAD_BYTES) return this.#refuse(`a head of more than ${MAX_HEAD_BYTES} bytes`, end);
    if (headEnd < 0 || (!this.#head && headEnd + 4 > end)) {
      this.#head = Buffer.from(this.#head ? head : bytes.subarray(at, end));
      return end;
    }
    this.#head = null;
    const parsed = parseResponseHead(head, from, headEnd);
    if (!parsed.ok) return this.#refuse(parsed.complaint, end);
    // Interim answers (100, 103) precede the real one.
    if (parsed.head.status >= 200) this.#begin(parsed.head);
    return at + (headEnd + 4 - from - held);
  }

  #begin(head: ResponseHead): void {
    this.isReusable = head.keepsAlive && head.framing.kind !== 'close';
    if (head.framing.kind === 'chunked') {
      this.#awaitChunk();
    } else if (head.framing.kind === 'close') {
      this.#state = UNTIL_CLOSE;
      this.#left = Number.POSITIVE_INFINITY;
    } else {
      this.#left = head.framing.bytes;
      this.#state = this.#left === 0 ? DONE : COUNTED;
    }
    this.#sink?.onHead(head);
  }

  #readData(bytes: Buffer, at: number, end: number): number {
    const upTo = this.#left < end - at ? at + this.#left : end;
    this.#left -= upTo - at;
    let next = upTo;
    if (this.#left > 0) {
      // More of it is to come.
    } else if (this.#state === COUNTED) this.#state = DONE;
    else if (isLineEnd(bytes, upTo, end)) {
      this.#awaitChunk();
      next += 2;
    } else this.#state = CHUNK_END_CR;
    this.#sink?.onBody(bytes, at, upTo);
    return next;
  }

  #readChunkSize(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      const digit = hexDigit(byte);
      if (digit < 0) break;
      // Seven digits are 256 MiB: no worker sends such a chunk, and no arithmetic overflows on it.
      if (++this.#sizeDigits > 7) return this.#refuse('a chunk size of more than 7 digits', end);
      this.#left = this.#left * 16 + digit;
      at++;
    }
    if (at >= end) return at;
    if (this.#sizeDigits === 0) return this.#refuse('a chunk without a size', end);
    if (this.#left > 0 && isLineEnd(bytes, at, end)) {
      this.#state = CHUNK_DATA;
      return at + 2;
    }
    const byte = bytes[at];
    if (byte === CR) this.#state = CHUNK_SIZE_LF;
    else if (byte === SEMICOLON) {
      this.#extensionBytes = 0;
      this.#state = CHUNK_EXTENSION;
    } else return this.#refuse('a malformed chunk size', end);
    return at + 1;
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case CHUNK_EXTENSION:
        if (byte === CR) this.#state = CHUNK_SIZE_LF;
        else if (byte === LF || ++this.#extensionBytes > MAX_EXTENSION_BYTES)
          this.#refuse('a malformed chunk extension', 0);
        return;
      case CHUNK_SIZE_LF:
        if (byte !== LF) this.#refuse('a chunk size not ended by CRLF', 0);
        else this.#state = this.#left === 0 ? TRAILER : CHUNK_DATA;
        return;
      case CHUNK_END_CR:
        if (byte !== CR) this.#refuse('a chunk longer than its size', 0);
        else this.#state = CHUNK_END_LF;
        return;
      case CHUNK_END_LF:
        if (byte !== LF) this.#refuse('a chunk not ended by CRLF', 0);
        else this.#awaitChunk();
        return;
      default:
        this.#readTrailerByte(byte);
    }
  }

  /** Trailers are read over: nothing in them may change what the head said. */
  #readTrailerByte(byte: number): void {
    if (++this.#trailerBytes > MAX_HEAD_BYTES) this.#refuse('too many trailers', 0);
    else if (byte !== LF) this.#lineBytes = byte === CR ? this.#lineBytes : this.#lineBytes + 1;
    else if (this.#lineBytes === 0) this.#state = DONE;
    else this.#lineBytes = 0;
  }

  #awaitChunk(): void {
    this.#state = CHUNK_SIZE;
    this.#left = 0;
    this.#sizeDigits = 0;
  }

  #refuse(complaint: string, consumed: number): number {
    this.#state = REFUSED;
    this.complaint = complaint;
    this.isReusable = false;
    return consumed;
  }
}

/** Nearly always both bytes are there; where a read ends between them, they are taken one by one. */
function isLineEnd(bytes: Buffer, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
