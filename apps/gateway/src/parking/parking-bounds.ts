// How much may wait in this gateway at once, over all pools; and how much of that one tenant may have, so that the others
// find room beside one that floods the line.
import type { ParkedPlace, ParkedSize } from './parked-place.ts';

export interface BoundSettings {
  readonly maxRequests: number;
  /** Prompts and output budgets. */
  readonly maxTokens: number;
  /** Bodies; memory beyond them is bounded by the number. */
  readonly maxBytes: number;
  /** Of each of the above, 0 to 1; one request of a tenant is never too much. */
  readonly maxTenantShare: number;
}

type Bound = 'requests' | 'tokens' | 'bytes';

export class ParkingBounds {
  readonly #settings: BoundSettings;
  readonly #all = new Waiting();
  /** Of tenants that have something waiting. */
  readonly #byTenant = new Map<string, Waiting>();

  constructor(settings: BoundSettings) {
    this.#settings = settings;
  }

  get isEmpty(): boolean {
    return this.#all.isEmpty;
  }

  /** The bound that one more would exceed; null = it fits. */
  exceededBy({ size, tenant }: ParkedPlace): Bound | 'tenant' | null {
    const bound = this.#all.exceededBy(size, this.#settings, 1);
    if (bound !== null) return bound;
    const own = this.#byTenant.get(tenant);
    return own?.exceededBy(size, this.#settings, this.#settings.maxTenantShare) ? 'tenant' : null;
  }

  add({ size, tenant }: ParkedPlace): void {
    const own = this.#byTenant.get(tenant) ?? new Waiting();
    this.#byTenant.set(tenant, own);
    own.count(size, 1);
    this.#all.count(size, 1);
  }

  /** Only what was added can be removed. */
  remove({ size, tenant }: ParkedPlace): void {
    const own = this.#byTenant.get(tenant);
    own?.count(size, -1);
    if (own?.isEmpty) this.#byTenant.delete(tenant);
    this.#all.count(size, -1);
  }
}

class Waiting {
  #requests = 0;
  #tokens = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#requests === 0;
  }

  exceededBy({ demandTokens, bodyBytes }: ParkedSize, most: BoundSettings, share: number): Bound | null {
    if (this.#requests + 1 > most.maxRequests * share) return 'requests';
    if (this.#tokens + demandTokens > most.maxTokens * share) return 'tokens';
    return this.#bytes + bodyBytes > most.maxBytes * share ? 'bytes' : null;
  }

  count({ demandTokens, bodyBytes }: ParkedSize, sign: 1 | -1): void {
    this.#requests += sign;
    this.#tokens += sign * demandTokens;
    this.#bytes += sign * bodyBytes;
  }
}
