// The status line and headers of a worker's answer, as text. Anything with two readings is refused (RFC 9112 11.2).

export type Framing =
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

export type ParsedHead =
  | { readonly ok: true; readonly head: ResponseHead }
  | { readonly ok: false; readonly complaint: string };

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const DIGITS = /^\d{1,15}$/;

/** `text` is the head without its closing empty line. */
export function parseResponseHead(text: string): ParsedHead {
  const lines = text.split('\r\n');
  const statusLine = STATUS_LINE.exec(lines[0] ?? '');
  if (!statusLine) return refused('a malformed status line');
  const status = Number(statusLine[2]);
  const isHttp11 = statusLine[1] === '1';
  let contentLength: string | null = null;
  let transferEncoding: string | null = null;
  let contentType = '';
  let connection = '';
  for (let i = 1; i < lines.length; i++) {
    const header = HEADER_LINE.exec(lines[i] ?? '');
    if (!header) return refused('a malformed header line');
    const value = (header[2] ?? '').trimEnd();
    switch ((header[1] ?? '').toLowerCase()) {
      case 'content-length':
        if (contentLength !== null && contentLength !== value) return refused('two content lengths');
        contentLength = value;
        break;
      case 'transfer-encoding':
        if (transferEncoding !== null) return refused('two transfer encodings');
        transferEncoding = value.toLowerCase();
        break;
      case 'content-type':
        contentType = (value.split(';', 1)[0] ?? '').trim().toLowerCase();
        break;
      case 'content-encoding':
        // We ask for none (no accept-encoding), so a worker that compresses cannot be read.
        if (value.toLowerCase() !== 'identity') return refused('a compressed body nobody asked for');
        break;
      case 'connection':
        connection += `${value.toLowerCase()},`;
        break;
    }
  }
  const framing = frame(status, isHttp11, contentLength, transferEncoding);
  if (typeof framing === 'string') return refused(framing);
  const keepsAlive = isHttp11
    ? !/(^|[ ,])close([ ,]|$)/.test(connection)
    : /(^|[ ,])keep-alive([ ,]|$)/.test(connection);
  return { ok: true, head: { status, contentType, framing, keepsAlive } };
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
