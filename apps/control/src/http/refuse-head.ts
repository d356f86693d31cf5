// What Node lets through, or refuses without a problem, and RFC 9112 does not allow.
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** Of several, Node takes the first and says nothing of the others; whoever stands before us may have taken the last. */
const ONCE = ['host', 'authorization'];

/** Throws a Problem. */
export function refuseHead({ httpVersion, headers, headersDistinct }: IncomingMessage): void {
  // RFC 9112 section 3.2; HTTP/1.0 knows no host.
  if (headers.host === undefined && httpVersion === '1.1') throw bad('The request has no host header.');
  for (const name of ONCE)
    if ((headersDistinct[name]?.length ?? 0) > 1) throw bad(`The request has more than one ${name} header.`);
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    throw bad('Only "expect: 100-continue" is understood.');
}

function bad(detail: string): Problem {
  return new Problem('bad_request', detail, { headers: { connection: 'close' } });
}
