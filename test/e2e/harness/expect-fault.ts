// A fault as every client must get it: its status, OpenAI's shape, the request's id, and how long to wait where waiting helps.
import { expect } from '@jest/globals';
import { FAULTS, type FaultCode } from '#protocol';
import type { Answered } from './ask.ts';

/** Faults that pass by themselves. */
const PASSING: ReadonlySet<FaultCode> = new Set([
  'rate_limit_exceeded',
  'no_capacity',
  'pool_unavailable',
  'gateway_busy',
  'gateway_draining',
  'counting_failed',
  'keys_unavailable',
  'limits_unavailable',
  'ledger_full',
  'usage_unavailable',
]);

interface FaultTerms {
  /** Path of the field that is wrong. */
  readonly param?: string;
  /** The client's own id, which must come back. */
  readonly requestId?: string;
  /** Where it is not the catalogue's: a worker's own that is passed on, or what an RFC asks for. */
  readonly status?: number;
}

export function expectFault(answer: Answered, code: FaultCode, terms: FaultTerms = {}): void {
  const { type, status } = FAULTS[code];
  expect({ status: answer.status, error: answer.error }).toEqual({
    status: terms.status ?? status,
    error: {
      message: expect.stringMatching(/\S/),
      type,
      code,
      param: terms.param ?? answer.error.param,
    },
  });
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.headers.get('x-request-id')).toMatch(terms.requestId ?? /^req-[0-9a-f]{32}$/);
  if (PASSING.has(code)) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers.get('retry-after-ms'))).toBeGreaterThanOrEqual(1);
  }
}
