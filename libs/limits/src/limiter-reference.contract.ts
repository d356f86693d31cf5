// What a limiter has to come up to: the same limits, kept the slow and plain way. A rate is the list of all that was taken and
// when, replayed from the beginning each time; giving back strikes it from the list as if it had never been taken.
import { capacityOf, periodUsOf } from './amounts.ts';
import type { Charge, RateCharge, RateLimit } from './limiter.ts';

interface Taken {
  readonly atUs: number;
  readonly owner: string;
  readonly rate: RateLimit;
  units: number;
}

/** The rate was first asked with these terms then. */
interface Change {
  readonly atUs: number;
  readonly rate: RateLimit;
}

/** A level as one limit sees it. */
interface Seen {
  readonly rate: RateLimit;
  level: number;
  asideUs: number;
}

/** A level by a lower limit than the one asked with is forgotten after this. */
const LOWER_KEPT_US = 120_000_000;

export class ReferenceRate {
  #rate: RateLimit;
  readonly #events: (Taken | Change)[] = [];

  constructor({ rate }: RateCharge) {
    this.#rate = rate;
  }

  /** It is asked with this limit from now on. */
  change(rate: RateLimit, nowUs: number): void {
    if (rate.limit !== this.#rate.limit) this.#events.push({ atUs: nowUs, rate });
    this.#rate = rate;
  }

  /** `isAtMost`: what can at most be free where refunds made the limiter forget less than is forgotten here. */
  remaining(nowUs: number, isAtMost = false): number {
    return Math.max(0, Math.floor(this.#free(nowUs, isAtMost) / this.#periodUs));
  }

  fits(units: number, nowUs: number, isAtMost = false): boolean {
    return units * this.#periodUs <= this.#free(nowUs, isAtMost);
  }

  held(owner: string): number {
    return this.#all().reduce((sum, one) => sum + (one.owner === owner ? one.units : 0), 0);
  }

  /** The most that may be credited: what was taken last goes back first. */
  set(owner: string, units: number, nowUs: number, rate: RateLimit): void {
    let more = units - this.held(owner);
    if (more > 0) this.#events.push({ atUs: nowUs, owner, rate, units: more });
    for (const one of this.#all().reverse()) {
      if (more >= 0) return;
      if (one.owner !== owner) continue;
      const back = Math.min(one.units, -more);
      one.units -= back;
      more += back;
    }
  }

  /** Most units that were taken, and not given back, in any window of one period, beyond so many. */
  mostBeyond(limit: number): number {
    let most = 0;
    const taken = this.#all();
    for (const { atUs } of taken) {
      const untilUs = atUs + this.#periodUs;
      const inWindow = taken.filter((one) => one.atUs >= atUs && one.atUs < untilUs);
      most = Math.max(most, inWindow.reduce((sum, { units }) => sum + units, 0) - limit);
    }
    return most;
  }

  /** In units x microseconds, as if all that was given back had never been taken. */
  #free(nowUs: number, isAtMost: boolean): number {
    const [now, before] = this.#replay(nowUs, isAtMost);
    const bursts = this.#rate.burst * this.#periodUs;
    const free = bursts - (now?.level ?? 0);
    if (before === undefined || before.rate.limit < this.#rate.limit) return free;
    return Math.min(free, Math.max(bursts, before.rate.burst * this.#periodUs) - before.level);
  }

  /** The level by the limit asked with, and by the one before. */
  #replay(nowUs: number, isAtMost: boolean): readonly Seen[] {
    let seen: Seen[] = [];
    let seenUs = 0;
    const events: readonly (Taken | Change)[] = [...this.#events, { atUs: nowUs, rate: this.#rate }];
    for (const event of events) {
      for (const one of seen) one.level = Math.max(0, one.level - (event.atUs - seenUs) * one.rate.limit);
      seenUs = event.atUs;
      seen = this.#kept(seen, seenUs, isAtMost);
      // What runs is metered and settled by the limit that it began with, whichever is asked with now.
      if (!('units' in event) || seen.length === 0) seen = turned(seen, event.rate, seenUs, isAtMost);
      if (!('units' in event)) continue;
      const [now, before] = seen;
      if (now !== undefined && before === undefined && event.rate.limit > now.rate.limit)
        seen = [now, { ...now, rate: event.rate, asideUs: seenUs }];
      for (const one of seen)
        one.level += event.units * this.#periodUs * Math.min(1, one.rate.limit / event.rate.limit);
    }
    return seen;
  }

  #kept(seen: Seen[], nowUs: number, isAtMost: boolean): Seen[] {
    const [now, before] = seen;
    if (now === undefined || before === undefined) return seen;
    const isEmpty = !isAtMost && seen.every(({ level }) => level === 0);
    const isOld = before.rate.limit < now.rate.limit && nowUs - before.asideUs >= LOWER_KEPT_US;
    return isEmpty || isOld ? [now] : seen;
  }

  #all(): Taken[] {
    return this.#events.filter((event) => 'units' in event);
  }

  get #periodUs(): number {
    return periodUsOf(this.#rate);
  }
}

/** The level by another limit than before: what there is of it, or what begins with the same time to drain and no more units. */
function turned(seen: Seen[], rate: RateLimit, nowUs: number, isAtMost: boolean): Seen[] {
  const [now, before] = seen;
  if (now === undefined) return [{ rate, level: 0, asideUs: 0 }];
  if (now.rate.limit === rate.limit) return [{ ...now, rate }, ...seen.slice(1)];
  if (!isAtMost && now.level === 0 && before?.rate.limit !== rate.limit)
    return [{ rate, level: 0, asideUs: 0 }];
  const level =
    before?.rate.limit === rate.limit ? before.level : now.level * Math.min(1, rate.limit / now.rate.limit);
  return [
    { rate, level, asideUs: 0 },
    { ...now, asideUs: nowUs },
  ];
}

/** Places and budgets: a sum of what each holds. */
export class ReferenceSum {
  readonly #charge: Charge;
  readonly #held = new Map<string, number>();

  constructor(charge: Charge) {
    this.#charge = charge;
  }

  get sum(): number {
    return [...this.#held.values()].reduce((sum, units) => sum + units, 0);
  }

  get remaining(): number {
    return Math.max(0, capacityOf(this.#charge) - this.sum);
  }

  held(owner: string): number {
    return this.#held.get(owner) ?? 0;
  }

  fits(more: number): boolean {
    return more <= 0 || this.sum + more <= capacityOf(this.#charge);
  }

  set(owner: string, units: number): void {
    this.#held.set(owner, units);
  }
}
