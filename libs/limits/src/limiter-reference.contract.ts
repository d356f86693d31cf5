// What a limiter has to come up to: the same limits, kept the slow and plain way. A rate is the list of all that was taken and
// when, replayed from the beginning each time; giving back strikes it from the list as if it had never been taken.
import { capacityOf, periodUsOf } from './amounts.ts';
import type { Charge, RateCharge } from './limiter.ts';

interface Taken {
  readonly atUs: number;
  readonly owner: string;
  units: number;
}

export class ReferenceRate {
  readonly #charge: RateCharge;
  readonly #taken: Taken[] = [];

  constructor(charge: RateCharge) {
    this.#charge = charge;
  }

  /** In units x microseconds, as if all that was given back had never been taken. */
  level(nowUs: number): number {
    const { limit } = this.#charge.rate;
    let level = 0;
    let seenUs = 0;
    for (const { atUs, units } of this.#taken) {
      level = Math.max(0, level - (atUs - seenUs) * limit) + units * this.#periodUs;
      seenUs = atUs;
    }
    return Math.max(0, level - (nowUs - seenUs) * limit);
  }

  remaining(nowUs: number): number {
    const free = capacityOf(this.#charge) * this.#periodUs - this.level(nowUs);
    return Math.max(0, Math.floor(free / this.#periodUs));
  }

  fits(units: number, nowUs: number): boolean {
    return this.level(nowUs) + units * this.#periodUs <= capacityOf(this.#charge) * this.#periodUs;
  }

  held(owner: string): number {
    return this.#taken.reduce((sum, one) => sum + (one.owner === owner ? one.units : 0), 0);
  }

  /** The most that may be credited: what was taken last goes back first. */
  set(owner: string, units: number, nowUs: number): void {
    let more = units - this.held(owner);
    if (more > 0) this.#taken.push({ atUs: nowUs, owner, units: more });
    for (const one of [...this.#taken].reverse()) {
      if (more >= 0) return;
      if (one.owner !== owner) continue;
      const back = Math.min(one.units, -more);
      one.units -= back;
      more += back;
    }
  }

  /** Most units that were taken, and not given back, in any window of one period, beyond the limit. */
  mostBeyondLimit(): number {
    let most = 0;
    for (const { atUs } of this.#taken) {
      const untilUs = atUs + this.#periodUs;
      const inWindow = this.#taken.filter((one) => one.atUs >= atUs && one.atUs < untilUs);
      most = Math.max(most, inWindow.reduce((sum, { units }) => sum + units, 0) - this.#charge.rate.limit);
    }
    return most;
  }

  get #periodUs(): number {
    return periodUsOf(this.#charge.rate);
  }
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
