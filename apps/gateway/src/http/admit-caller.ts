// Step 1: who asks, and how often? From the headers alone, before a byte of the body is read.
import type { IncomingMessage } from 'node:http';
import type { RateDecision, RateLimiter } from '#limits';
import { Fault } from '#protocol';
import type { RequestRecord } from '#telemetry';
import type { Caller, KeyStore } from '#tenancy';
import type { Lifecycle } from '../lifecycle.ts';

export interface AdmitPorts {
  readonly keys: KeyStore;
  readonly requestRates: RateLimiter;
  readonly lifecycle: Lifecycle;
}

/** Headers of the answer to come. */
export type HeadersToCome = Record<string, string>;

/** Throws a Fault (503 while draining, 401, 429); otherwise the caller, its request taken from its bucket. */
export function admitCaller(
  req: IncomingMessage,
  headers: HeadersToCome,
  ports: AdmitPorts,
  record: RequestRecord | null,
): Caller {
  if (ports.lifecycle.isDraining) {
    headers.connection = 'close';
    throw new Fault('gateway_draining', { retryAfterMs: 1000 });
  }
  const identified = ports.keys.identify(req.headers.authorization, Date.now());
  if (!identified.known) {
    // A 401 names its scheme (RFC 9110 section 11.6.1).
    headers['www-authenticate'] = 'Bearer';
    throw new Fault(identified.code);
  }
  const { caller } = identified;
  if (record) {
    record.keyId = caller.keyId;
    record.tenant = caller.tenant;
  }
  if (!caller.requestLimit) return caller;
  const rate = ports.requestRates.take(caller.keyId, caller.requestLimit, 1);
  tellRate(headers, rate);
  if (rate.granted) return caller;
  throw new Fault('rate_limit_exceeded', {
    message: `Too many requests: this key may send ${caller.requestLimit.limit} requests a minute. Try again in ${Math.ceil(rate.retryAfterMs / 1000)} s.`,
    retryAfterMs: rate.retryAfterMs,
  });
}

/** OpenAI's names (limits page R9). */
function tellRate(headers: HeadersToCome, rate: RateDecision): void {
  headers['x-ratelimit-limit-requests'] = String(rate.limit);
  headers['x-ratelimit-remaining-requests'] = String(rate.remaining);
  headers['x-ratelimit-reset-requests'] = `${Math.ceil(rate.resetMs / 1000)}s`;
}
