// What is wanted of one pool: requests parked for it, prompts on their way through a worker, answers that run; and whether
// it is being woken. Sums are kept as things happen, so that asking costs the same however many wait.
import { SlotList } from '#workers';
import { Activation } from './activation.ts';
import { ColdStarts } from './cold-starts.ts';
import { LinePace } from './line-pace.ts';
import type { ParkedPlace } from './parked-place.ts';

/** A line that has not moved yet moves, for all we know, within a second. */
const LEAST_ESTIMATE_MS = 1_000;

export class PoolDemand {
  readonly coldStarts = new ColdStarts();
  readonly pace = new LinePace();
  /** Uncached prompt tokens sent and without a first token. */
  prefillTokens = 0;
  /** Requests on a worker. */
  running = 0;
  parkedTokens = 0;
  parkedDemandTokens = 0;
  parkedBytes = 0;
  /** The obstacle those who wait were last woken for, by when it began. */
  toldObstacleMs: number | null = null;
  readonly #parked = new SlotList<ParkedPlace>();
  #activation: Activation | null = null;

  get parked(): number {
    return this.#parked.size;
  }

  has(place: ParkedPlace): boolean {
    return this.#parked.has(place);
  }

  join(place: ParkedPlace, nowMs: number): void {
    if (this.#parked.size === 0) this.pace.began(nowMs);
    this.#parked.add(place);
    this.#count(place, 1);
  }

  /** Only what has joined can leave. */
  leave(place: ParkedPlace): void {
    this.#parked.delete(place);
    this.#count(place, -1);
  }

  /** Everybody looks for a route again. */
  wakeAll(): void {
    // Whoever is woken may leave at once, so the list is copied first.
    for (const place of this.#parked.toArray()) place.wake?.();
  }

  oldestMs(nowMs: number): number {
    let sinceMs = nowMs;
    this.#parked.each((place) => {
      sinceMs = Math.min(sinceMs, place.sinceMs);
    });
    return nowMs - sinceMs;
  }

  /** It has no worker and is wanted: from the first such moment it is being woken. */
  want(nowMs: number, limitMs: number): void {
    if (!this.#activation?.isWaking(nowMs)) this.#activation = new Activation(nowMs, limitMs);
  }

  isActivated(nowMs: number): boolean {
    return this.#activation?.isAlive(nowMs) ?? false;
  }

  /** Since it was first asked for in vain; 0 when it is not being woken. */
  activationAgeMs(nowMs: number): number {
    return this.#activation?.isWaking(nowMs) ? this.#activation.elapsedMs(nowMs) : 0;
  }

  /** A worker is ready. What the cold start took, if one was going on. */
  workerReady(nowMs: number): number | null {
    const tookMs = this.#activation?.workerReady(nowMs) ?? null;
    if (tookMs === null) return null;
    this.coldStarts.note(tookMs);
    // What the line waited for until now was not its turn.
    this.pace.began(nowMs);
    return tookMs;
  }

  /** How long one that came now would wait, in all likelihood. */
  estimateMs(isAwake: boolean, nowMs: number): number {
    if (!isAwake) return this.#untilReadyMs(nowMs) + this.parked * this.pace.usualMs;
    const nextMs = this.parked === 0 ? this.pace.usualMs : this.pace.nowMs(nowMs);
    // The next one may have waited long for its turn; those after it take theirs as usual, for all we know.
    return Math.max(LEAST_ESTIMATE_MS, nextMs + this.parked * (this.pace.usualMs || nextMs));
  }

  /** Until the first of those who wait is on a worker, in all likelihood. */
  untilNextMs(isAwake: boolean, nowMs: number): number {
    return isAwake ? this.pace.nowMs(nowMs) : this.#untilReadyMs(nowMs);
  }

  #untilReadyMs(nowMs: number): number {
    return this.coldStarts.leftMs(this.activationAgeMs(nowMs));
  }

  #count({ size }: ParkedPlace, sign: 1 | -1): void {
    this.parkedTokens += sign * size.promptTokens;
    this.parkedDemandTokens += sign * size.demandTokens;
    this.parkedBytes += sign * size.bodyBytes;
  }
}
