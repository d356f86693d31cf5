// The calls of one turn of the event loop on their way to the script together: every bucket is named once, however many requests
// ask for it.
import { burstOf, capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { Charge, RateLimit } from '../limiter.ts';
import { Doubles } from './doubles.ts';
import { SCRIPT_MODE, TERM_TYPE } from './limit-script.ts';
import type { ScriptCall } from './script-call.ts';

export interface BatchTerms {
  readonly keyPrefix: string;
  readonly leaseMs: number;
}

/** When it is: whole microseconds, and the wall clock. */
export interface ScriptClock {
  readonly us: number;
  readonly wallMs: number;
}

export const SERVERS_CLOCK: ScriptClock = { us: -1, wallMs: 0 };

/** A settled request is remembered so long: a repeat, or a question that was held up on the way, changes nothing. */
const TOMBSTONE_MS = 300_000;
/** Records outlive the leases of their places, so that a heartbeat that comes late still finds them. */
const RECORD_LEASES = 2;
/** So that others of Redis do not wait for longer than about a millisecond, and Lua can unpack what it is given. */
const MOST_CALLS = 64;
const MOST_ROWS = 1_000;

/** A bucket and how it is limited. Two requests of one turn may know it by different limits: then it has two terms. */
interface Term {
  readonly number: number;
  /** Any charge of these terms. */
  readonly like: Charge;
  /** Among the rates and budgets, or among the places. */
  readonly key: number;
  /** Of a place: the records that may hold of it. */
  readonly holders: number[];
  other: Term | null;
}

interface OfTenant {
  readonly tenant: string;
  readonly keyStart: string;
  readonly terms: Map<string, Term>;
}

export class ScriptBatch {
  readonly #of: BatchTerms;
  readonly clock: ScriptClock;
  readonly calls: ScriptCall[] = [];
  readonly #ids: string[] = [];
  readonly #recordKeys: string[] = [];
  readonly #keys: string[] = [];
  readonly #placeKeys: string[] = [];
  readonly #tenants: OfTenant[] = [];
  readonly #terms: Term[] = [];
  readonly #numbers = new Doubles();
  #rows = 0;

  constructor(of: BatchTerms, clock: ScriptClock) {
    this.#of = of;
    this.clock = clock;
  }

  get isFull(): boolean {
    return this.calls.length >= MOST_CALLS || this.#rows >= MOST_ROWS;
  }

  add(call: ScriptCall): void {
    const { mode, tenant, requestId, rows, taken, takenAgeUs } = call;
    const of = this.#ofTenant(tenant);
    this.calls.push(call);
    this.#rows += rows.length + taken.length;
    const record = requestId === null ? 0 : this.#record(of, requestId);
    const numbers = this.#numbers;
    numbers.push(SCRIPT_MODE[mode]);
    numbers.push(record);
    numbers.push(rows.length);
    numbers.push(taken.length);
    for (const { charge, slot, amount, believed } of rows) {
      const { number, holders } = this.#term(of, charge);
      numbers.push(number);
      numbers.push(slot);
      numbers.push(amount);
      numbers.push(believed);
      if (charge.type === 'place' && record > 0 && holders.at(-1) !== record) holders.push(record);
    }
    for (const charge of taken) {
      numbers.push(this.#term(of, charge).number);
      numbers.push(1);
      numbers.push(Math.max(0, Math.round(takenAgeUs)));
    }
  }

  keys(): string[] {
    return [...this.#recordKeys, ...this.#keys, ...this.#placeKeys];
  }

  /** Once: the numbers are given back. */
  args(): (string | Buffer)[] {
    const { leaseMs } = this.#of;
    const records = this.#recordKeys.length;
    const valued = records + this.#keys.length;
    const head = new Doubles();
    const terms = this.#terms;
    const { us, wallMs } = this.clock;
    const times = [us, wallMs, leaseMs, leaseMs * RECORD_LEASES, TOMBSTONE_MS];
    for (const number of [...times, records, valued, terms.length, this.calls.length]) head.push(number);
    for (const { like, key, holders } of terms) {
      pushTerm(head, like, 1 + key + (like.type === 'place' ? valued : records));
      head.push(holders.length);
      for (const holder of holders) head.push(holder);
    }
    const bytes = Doubles.bytesOf(head, this.#numbers);
    head.release();
    this.#numbers.release();
    return [bytes, ...this.#ids];
  }

  #ofTenant(tenant: string): OfTenant {
    for (const known of this.#tenants) if (known.tenant === tenant) return known;
    // One hash tag a tenant: all its keys lie in one slot of a cluster.
    const fresh = { tenant, keyStart: `${this.#of.keyPrefix}{${tenant}}:`, terms: new Map<string, Term>() };
    this.#tenants.push(fresh);
    return fresh;
  }

  #record({ keyStart }: OfTenant, requestId: string): number {
    // By the key, not the id: what is owed after an outage has the same ids for each tenant.
    const key = `${keyStart}request:${requestId}`;
    const known = this.#recordKeys.indexOf(key);
    if (known >= 0) return known + 1;
    this.#recordKeys.push(key);
    return this.#ids.push(requestId);
  }

  #term({ keyStart, terms }: OfTenant, charge: Charge): Term {
    const first = terms.get(charge.bucket) ?? null;
    for (let known = first; known !== null; known = known.other)
      if (areLike(known.like, charge)) return known;
    const key = first?.key ?? this.#key(charge, keyStart + charge.bucket);
    const fresh: Term = { number: this.#terms.length + 1, like: charge, key, holders: [], other: null };
    this.#terms.push(fresh);
    if (first === null) terms.set(charge.bucket, fresh);
    else {
      fresh.other = first.other;
      first.other = fresh;
    }
    return fresh;
  }

  #key({ type }: Charge, key: string): number {
    return type === 'place' ? this.#placeKeys.push(key, `${key}:amounts`) - 2 : this.#keys.push(key) - 1;
  }
}

function pushTerm(numbers: Doubles, charge: Charge, key: number): void {
  numbers.push(TERM_TYPE[charge.type]);
  numbers.push(key);
  switch (charge.type) {
    case 'rate':
      numbers.push(drainOf(charge.rate));
      numbers.push(periodUsOf(charge.rate));
      numbers.push(burstOf(charge.rate));
      return;
    case 'place':
      numbers.push(capacityOf(charge));
      numbers.push(0);
      numbers.push(0);
      return;
    case 'budget':
      numbers.push(capacityOf(charge));
      numbers.push(charge.untilMs);
      numbers.push(0);
  }
}

/** Of two charges of one bucket. */
function areLike(one: Charge, other: Charge): boolean {
  if (one.type === 'rate' && other.type === 'rate')
    return one.rate === other.rate || areSame(one.rate, other.rate);
  if (one.type === 'place' && other.type === 'place') return one.limit === other.limit;
  return (
    one.type === 'budget' &&
    other.type === 'budget' &&
    one.limit === other.limit &&
    one.untilMs === other.untilMs
  );
}

function areSame(one: RateLimit, other: RateLimit): boolean {
  return one.limit === other.limit && one.periodMs === other.periodMs && one.burst === other.burst;
}
