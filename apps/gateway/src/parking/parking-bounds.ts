// How much may wait in this gateway at once, over all pools.
import type { ParkedSize } from './parked-place.ts';

export interface BoundSettings {
  readonly maxRequests: number;
  /** Prompts and output budgets. */
  readonly maxTokens: number;
  /** Bodies; memory beyond them is bounded by the number. */
  readonly maxBytes: number;
}

export class ParkingBounds {
  readonly #settings: BoundSettings;
  #requests = 0;
  #tokens = 0;
  #bytes = 0;

  constructor(settings: BoundSettings) {
    this.#settings = settings;
  }

  get isEmpty(): boolean {
    return this.#requests === 0;
  }

  /** The bound that one more would exceed; null = it fits. */
  exceededBy({ demandTokens, bodyBytes }: ParkedSize): 'requests' | 'tokens' | 'bytes' | null {
    const { maxRequests, maxTokens, maxBytes } = this.#settings;
    if (this.#requests + 1 > maxRequests) return 'requests';
    if (this.#tokens + demandTokens > maxTokens) return 'tokens';
    return this.#bytes + bodyBytes > maxBytes ? 'bytes' : null;
  }

  add(size: ParkedSize): void {
    this.#count(size, 1);
  }

  /** Only what was added can be removed. */
  remove(size: ParkedSize): void {
    this.#count(size, -1);
  }

  #count({ demandTokens, bodyBytes }: ParkedSize, sign: 1 | -1): void {
    this.#requests += sign;
    this.#tokens += sign * demandTokens;
    this.#bytes += sign * bodyBytes;
  }
}
