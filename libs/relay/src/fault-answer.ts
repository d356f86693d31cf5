// A fault as the client gets it: a JSON answer before anything went out, an event in the stream after.
import type { Fault } from '#protocol';

export function faultBody(fault: Fault): Buffer {
  return Buffer.from(JSON.stringify(fault.toBody()));
}

/**
 * No `[DONE]` follows: openai-python and openai-node take a stream that ends politely for a success, and a reader that
 * skips unknown frames must not see the mark of a whole answer.
 */
export function faultFrame(fault: Fault): Buffer {
  return Buffer.from(`data: ${JSON.stringify(fault.toBody())}\n\n`);
}

/** `retry-after` counts whole seconds and 0 makes some clients hammer, so it is at least 1; the exact wait is beside it. */
export function faultHeaders(fault: Fault): Record<string, string> {
  const waitMs = fault.retryAfterMs;
  if (waitMs === undefined) return { 'content-type': 'application/json' };
  return {
    'content-type': 'application/json',
    'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))),
    'retry-after-ms': String(Math.max(1, Math.ceil(waitMs))),
  };
}
