// What llhttp lets through and RFC 9112 does not: asked of every request, so nothing here allocates for one that is well.
import type { IncomingMessage } from 'node:http';
import { Fault } from '#protocol';

/** uri-host and port of RFC 3986; an empty one is allowed (RFC 9110 section 7.2). */
const HOST_VALUE = /^(?:\[[\w.~!$&'()*+,;=:%-]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;
const HOST = 'host';
const KEY = 'authorization';
/** Clients call one host, so that the expression runs once and not a request. */
let lastHost = '';

/** null: nothing is wrong with it. */
export function refuseHead(req: IncomingMessage): Fault | null {
  return refuseHost(req) ?? refuseRepeated(req.rawHeaders) ?? refuseCoding(req.headers['transfer-encoding']);
}

/** RFC 9112 section 3.2; HTTP/1.0 knows no host. */
function refuseHost({ httpVersion, headers }: IncomingMessage): Fault | null {
  const { host } = headers;
  if (host === undefined) return httpVersion === '1.1' ? badHttp('The request has no host header.') : null;
  if (host !== lastHost) {
    if (!HOST_VALUE.test(host)) return badHttp('The host header is not a host.');
    lastHost = host;
  }
  return null;
}

/** Of several, Node's `headers` has the first and says nothing of the others; whoever stands before us may have taken the last. */
function refuseRepeated(rawHeaders: readonly string[]): Fault | null {
  let hosts = 0;
  let keys = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === HOST.length && isCalled(name, HOST, 'Host')) hosts++;
    else if (name.length === KEY.length && isCalled(name, KEY, 'Authorization')) keys++;
  }
  if (hosts > 1) return badHttp('The request has more than one host header.');
  return keys > 1 ? badHttp('The request has more than one authorization header.') : null;
}

function isCalled(name: string, lower: string, usual: string): boolean {
  return name === lower || name === usual || name.toLowerCase() === lower;
}

/** RFC 9112: 400 where the end of the body is not known (section 6.3), 501 for a coding not understood (section 6.1). */
function refuseCoding(value: string | undefined): Fault | null {
  if (value === undefined || value === 'chunked') return null;
  const codings = value
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '');
  const last = codings.pop();
  if (last !== 'chunked') return badHttp('The last transfer-encoding is not chunked.');
  if (codings.includes('chunked')) return badHttp('The body is chunked more than once.');
  return codings.length > 0
    ? badHttp('The only transfer-encoding that is understood is chunked.', 501)
    : null;
}

function badHttp(message: string, status = 400): Fault {
  return new Fault('bad_http', { message, status });
}
