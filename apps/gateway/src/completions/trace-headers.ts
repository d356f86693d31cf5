// W3C trace context goes on to the worker, checked: the relay writes headers as they are given.
import type { IncomingHttpHeaders } from 'node:http';

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
/** Printable ASCII; vendors must pass on at least 512 characters, and longer ones may be dropped (section 3.3.1.5). */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;
const NONE: Readonly<Record<string, string>> = {};

export function traceHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return NONE;
  if (typeof tracestate !== 'string' || !TRACESTATE.test(tracestate)) return { traceparent };
  return { traceparent, tracestate };
}
