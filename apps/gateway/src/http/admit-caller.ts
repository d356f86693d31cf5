// Step 1: who asks, may they here, and how often? From the headers alone, before a byte of the body is read.
import type { IncomingMessage } from 'node:http';
import type { AddressRanges } from '#addresses';
import { type RateCharge, requestCharges, setsOthers, type TakeDecision } from '#limits';
import { Fault } from '#protocol';
import type { Lifecycle, RequestRecord } from '#telemetry';
import {
  type Caller,
  callerAddress,
  type Endpoint,
  type FailedAuth,
  type Identified,
  type KeyStore,
  type RefusedKey,
} from '#tenancy';
import { limitFault } from '../completions/limit-fault.ts';
import { tellStandings } from '../completions/limit-headers.ts';
import { limitsOf } from '../completions/limits-of.ts';
import { type KnownPorts, tellKnown } from '../completions/tell-known.ts';
import { gatewayDraining } from './gateway-draining.ts';

export interface AdmitPorts extends KnownPorts {
  readonly keys: KeyStore;
  readonly failedAuth: FailedAuth;
  readonly trustedProxies: AddressRanges;
  readonly lifecycle: Lifecycle;
}

const NONE: readonly never[] = [];

/** Headers of the answer to come. */
export type HeadersToCome = Record<string, string>;

export interface Admitted {
  readonly caller: Caller;
  /** What was taken of the request rates; it goes back if the other limits refuse. */
  readonly taken: readonly RateCharge[];
  /** When, on the monotonic clock: what has drained since does not go back. */
  readonly takenAtMs: number;
  /** Not taken yet: they are far from their limits, and are to be taken with the reservation. */
  readonly later: readonly RateCharge[];
}

interface Knock {
  readonly req: IncomingMessage;
  /** null: what every key may ask for (models, its own limits and usage). */
  readonly endpoint: Endpoint | null;
  readonly headers: HeadersToCome;
  readonly record: RequestRecord | null;
  /** A reservation follows, which may take the request rates along. */
  readonly willReserve?: boolean;
}

/**
 * Throws or rejects with a Fault (503 while draining, 401, 403, 429); otherwise the caller, its request taken from its buckets.
 * A promise only when the key or the limits are kept elsewhere.
 */
export function admitCaller(knock: Knock, ports: AdmitPorts): Admitted | Promise<Admitted> {
  const { req, headers } = knock;
  if (ports.lifecycle.isDraining) {
    headers.connection = 'close';
    throw gatewayDraining();
  }
  const forwarded = req.headers['x-forwarded-for'];
  const address = callerAddress(req.socket.remoteAddress, forwarded, ports.trustedProxies);
  const identified = ports.keys.identify(req.headers.authorization, address, Date.now());
  return identified instanceof Promise
    ? identified.then((found) => proven(found, address, knock, ports))
    : proven(identified, address, knock, ports);
}

function proven(
  identified: Identified,
  address: string,
  knock: Knock,
  ports: AdmitPorts,
): Admitted | Promise<Admitted> {
  const { headers, record } = knock;
  if (!identified.known) throw refused(identified, address, headers, ports);
  const { caller } = identified;
  if (record) {
    record.keyId = caller.keyId;
    record.tenant = caller.tenant;
  }
  const charges = requestCharges(limitsOf(caller));
  if (charges.length === 0) {
    refuseEndpoint(caller, knock, ports);
    return { caller, taken: charges, takenAtMs: 0, later: NONE };
  }
  // A question to Redis less for whoever is far from the limit; whoever is not is refused before the body is read (ADR 0020).
  if (knock.willReserve && setsOthers(limitsOf(caller)) && mayUse(caller, knock.endpoint)) {
    if (ports.limiter.mayTakeLater(caller, charges))
      return { caller, taken: NONE, takenAtMs: 0, later: charges };
  }
  const taken = ports.limiter.take(caller, charges);
  return taken instanceof Promise
    ? taken.then((decision) => admitted({ caller, charges, decision }, knock, ports))
    : admitted({ caller, charges, decision: taken }, knock, ports);
}

interface Decided {
  readonly caller: Caller;
  readonly charges: readonly RateCharge[];
  readonly decision: TakeDecision;
}

function admitted({ caller, charges, decision }: Decided, knock: Knock, ports: AdmitPorts): Admitted {
  const { headers } = knock;
  if ('standings' in decision) tellStandings(headers, decision.standings);
  if (!decision.granted) {
    tellKnown(headers, caller, ports);
    throw limitFault(decision, headers);
  }
  refuseEndpoint(caller, knock, ports);
  return { caller, taken: charges, takenAtMs: performance.now(), later: NONE };
}

/** After the request was taken: it is a refusal like any other, which counts and is told how the limits stand. */
function refuseEndpoint(caller: Caller, { endpoint, headers }: Knock, ports: AdmitPorts): void {
  if (mayUse(caller, endpoint)) return;
  tellKnown(headers, caller, ports);
  throw new Fault('key_not_allowed', {
    message: `This API key may not use this endpoint; it may use: ${caller.scopes.endpoints?.join(', ') || 'none'}.`,
  });
}

function mayUse({ scopes: { endpoints } }: Caller, endpoint: Endpoint | null): boolean {
  return endpoint === null || endpoints === null || endpoints.includes(endpoint);
}

function refused(identified: RefusedKey, address: string, headers: HeadersToCome, ports: AdmitPorts): Fault {
  const { code } = identified;
  if (code === 'keys_unavailable') return new Fault(code, { retryAfterMs: identified.retryAfterMs });
  if (code === 'key_not_allowed') return new Fault(code, { message: identified.message });
  // Whoever proved the secret of a key that is over is no guesser.
  const failed = code === 'invalid_api_key' ? ports.failedAuth.failed(address, performance.now()) : null;
  if (failed?.limited) {
    return new Fault('rate_limit_exceeded', {
      message: 'Too many wrong API keys from this address. Check the key before you try again.',
      retryAfterMs: failed.retryAfterMs,
      limit: { kind: 'wrong_keys', scope: 'address', unit: null },
    });
  }
  // A 401 names its scheme (RFC 9110 section 11.6.1).
  headers['www-authenticate'] = 'Bearer';
  return new Fault(code);
}
