// One call of the script: from charges and amounts to its keys and arguments, and from its reply to views.
import { burstOf, capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { ChargeView } from '../decision-of.ts';
import type { Charge, RateCharge } from '../limiter.ts';
import { REPLY_HEAD, ROW_TYPE, type ScriptMode, VIEW_NUMBERS } from './limit-script.ts';

/** What a bucket shall hold of one request. */
export interface Row {
  readonly charge: Charge;
  /** Place in the request's record; the same in every call. */
  readonly slot: number;
  readonly amount: number;
  /** What it holds if Redis has forgotten the request. */
  readonly believed: number;
}

export interface ScriptCall {
  readonly mode: ScriptMode;
  readonly tenant: string;
  readonly requestId: string;
  readonly rows: readonly Row[];
  /** Taken before, to go back if this is denied. */
  readonly taken: readonly RateCharge[];
  readonly takenAgeUs: number;
}

export interface CallTerms {
  readonly keyPrefix: string;
  readonly leaseMs: number;
  /** null: the server's clock. */
  readonly now: (() => { readonly us: number; readonly wallMs: number }) | null;
}

const SERVERS_CLOCK = { us: -1, wallMs: 0 };
/** A settled request is remembered so long: a repeat, or a question that was held up on the way, changes nothing. */
const TOMBSTONE_MS = 300_000;
/** Records outlive the leases of their places, so that a heartbeat that comes late still finds them. */
const RECORD_LEASES = 2;

export function keysOf({ tenant, requestId, rows, taken }: ScriptCall, keyPrefix: string): string[] {
  // One hash tag a tenant: all its keys lie in one slot of a cluster.
  const own = `${keyPrefix}{${tenant}}:`;
  const keys = [`${own}request:${requestId}`];
  for (const { charge } of rows) {
    const key = own + charge.bucket;
    keys.push(key);
    if (charge.type === 'place') keys.push(`${key}:amounts`);
  }
  for (const { bucket } of taken) keys.push(own + bucket);
  return keys;
}

export function argumentsOf(call: ScriptCall, { leaseMs, now }: CallTerms): (string | Buffer)[] {
  const at = now?.() ?? SERVERS_CLOCK;
  const { mode, requestId, rows, taken, takenAgeUs } = call;
  const numbers = [
    at.us,
    at.wallMs,
    leaseMs,
    leaseMs * RECORD_LEASES,
    TOMBSTONE_MS,
    rows.length,
    taken.length,
  ];
  for (const row of rows) pushRow(numbers, row);
  for (const { rate } of taken)
    numbers.push(1, drainOf(rate), periodUsOf(rate), Math.max(0, Math.round(takenAgeUs)));
  return [mode, requestId, packed(numbers)];
}

/** The view of each row, in their order. */
export function viewsOf(reply: readonly number[], rows: readonly Row[]): readonly ChargeView[] {
  return rows.map((_, row) => {
    const at = REPLY_HEAD + row * VIEW_NUMBERS;
    return {
      waitMs: (reply[at] ?? 0) / 1_000,
      remaining: Math.max(0, reply[at + 1] ?? 0),
      resetMs: (reply[at + 2] ?? 0) / 1_000,
    };
  });
}

/** What the script says of a budget beside what remains. */
export function budgetState(reply: readonly number[], row: number): 'known' | 'overdrawn' | 'unknown' {
  const remaining = reply[REPLY_HEAD + row * VIEW_NUMBERS + 1] ?? 0;
  if (remaining >= 0) return 'known';
  return remaining === -1 ? 'overdrawn' : 'unknown';
}

function pushRow(numbers: number[], { charge, slot, amount, believed }: Row): void {
  switch (charge.type) {
    case 'rate': {
      const { rate } = charge;
      numbers.push(ROW_TYPE.rate, slot, amount, believed, drainOf(rate), periodUsOf(rate), burstOf(rate));
      return;
    }
    case 'place':
      numbers.push(ROW_TYPE.place, slot, amount, 0, capacityOf(charge), 0, 0);
      return;
    case 'budget':
      numbers.push(ROW_TYPE.budget, slot, amount, believed, capacityOf(charge), charge.untilMs, 0);
  }
}

function packed(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 8);
  for (const [at, number] of numbers.entries()) bytes.writeDoubleLE(number, at * 8);
  return bytes;
}
