// A reservation that outlives an outage: granted by Redis or locally, it goes on wherever counting goes on.
import { AWAY, GRANTED_NOTHING } from '../decision-of.ts';
import type { Charge, Reservation, ReserveAsk, Settlement, Spender, TakeDecision } from '../limiter.ts';
import type { LiveRequest } from '../live-requests.ts';
import type { MemoryReservation } from '../memory-reservation.ts';
import type { RedisLimiter } from '../redis/redis-limiter.ts';
import type { RedisReservation } from '../redis/redis-reservation.ts';
import type { LocalSpell } from './local-spell.ts';

/** What a reservation needs of its limiter. */
export interface SpellDesk {
  /** Whether Redis is asked now. */
  readonly isTrusted: boolean;
  /** null: this spender is refused while Redis is away. */
  spellFor(spender: Spender, charges: readonly Charge[]): LocalSpell | null;
  forget(reservation: ResilientReservation): void;
}

export class ResilientReservation implements Reservation, LiveRequest {
  readonly requestId: string;
  readonly spender: Spender;
  readonly #desk: SpellDesk;
  /** Who counts it. Both while Redis is away and it was granted there: Redis hears of it later. */
  #redis: RedisReservation | null;
  #local: { readonly reservation: MemoryReservation; readonly spell: LocalSpell } | null = null;
  /** Kept for whoever takes it over after it ended. */
  #used: Settlement | null = null;

  constructor(
    desk: SpellDesk,
    { requestId, spender }: Pick<ReserveAsk, 'requestId' | 'spender'>,
    redis: RedisReservation | null,
  ) {
    this.requestId = requestId;
    this.spender = spender;
    this.#desk = desk;
    this.#redis = redis;
  }

  get exhausted(): AbortSignal | null {
    return this.#redis?.exhausted ?? null;
  }

  async change(charges: readonly Charge[], outputTokens: number): Promise<TakeDecision> {
    if (this.#used !== null) return GRANTED_NOTHING;
    if (this.#redis !== null && this.#desk.isTrusted) {
      const decision = await this.#redis.ask(charges, outputTokens, [], 0);
      if (decision !== null) return decision;
    }
    const spell = this.#desk.spellFor(this.spender, charges);
    if (spell === null) return AWAY;
    return this.countIn(spell).change(spell.part(this.spender.tenant, charges), outputTokens);
  }

  meter(outputTokens: number): void {
    this.#redis?.meter(outputTokens);
    this.#local?.reservation.meter(outputTokens);
  }

  settle(used: Settlement): void {
    if (this.#used !== null) return;
    this.#used = used;
    this.#desk.forget(this);
    this.#redis?.settle(used);
    if (this.#local === null) return;
    const { reservation, spell } = this.#local;
    reservation.settle({ ...used, charges: spell.part(this.spender.tenant, used.charges) });
  }

  /** While Redis is away its places count locally, and what it streams. */
  countIn(spell: LocalSpell): MemoryReservation {
    if (this.#local?.spell === spell) return this.#local.reservation;
    const held = this.#redis?.held.filter(({ amount }) => amount > 0) ?? [];
    const parts = spell.partsOf(this.spender.tenant, held);
    const reservation = spell.limiter.adopt(
      this.spender,
      this.requestId,
      parts,
      this.#redis?.meteredTokens ?? 0,
    );
    this.#local = { reservation, spell };
    return reservation;
  }

  /** It was granted there. */
  startedIn(spell: LocalSpell, reservation: MemoryReservation): void {
    this.#local = { reservation, spell };
  }

  /** Tells Redis what it holds, so that it is counted there again, alone. False: Redis did not answer. */
  async returnTo(redis: RedisLimiter, spell: LocalSpell): Promise<boolean> {
    if (this.#local === null || this.#local.spell !== spell) return true;
    const { reservation } = this.#local;
    const takenOver = this.#takenOverBy(redis);
    const held = spell.wholesOf(this.spender.tenant, reservation.held);
    // What streams while Redis is told would be owed and settled, too.
    const takeBack = this.#redis === null ? reservation.handOver() : null;
    if (!(await takenOver.adopt(held, reservation.meteredTokens))) {
      takeBack?.();
      return false;
    }
    if (this.#used !== null && this.#redis === null) takenOver.settle(this.#used);
    this.#redis = takenOver;
    this.#local = null;
    return true;
  }

  /** The same for good, when the spell has ended: what Redis does not hear of now it hears with its end. */
  leaveTo(redis: RedisLimiter, spell: LocalSpell): void {
    if (this.#local === null || this.#local.spell !== spell) return;
    const { reservation } = this.#local;
    this.#redis = this.#takenOverBy(redis);
    this.#local = null;
    void this.#redis.adopt(spell.wholesOf(this.spender.tenant, reservation.held), reservation.meteredTokens);
  }

  /** Under another id if Redis did not grant it: the question it did not answer is withdrawn under this one. */
  #takenOverBy(redis: RedisLimiter): RedisReservation {
    const { requestId, spender } = this;
    return this.#redis ?? redis.reservation({ requestId: `${requestId}.local`, spender });
  }
}
