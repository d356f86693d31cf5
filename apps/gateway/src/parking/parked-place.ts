// One request that waits for room, as the bounds and the demand of its pool count it. It knows little of the request, so
// that what is remembered of a long line is small.
import type { Slotted } from '#workers';

export interface ParkedSize {
  /** What must be computed: the demand scalers see. */
  readonly promptTokens: number;
  /** Prompts and output budgets. */
  readonly demandTokens: number;
  readonly bodyBytes: number;
}

export class ParkedPlace implements Slotted {
  slot = -1;
  readonly size: ParkedSize;
  readonly tenant: string;
  /** Of the request's first wait. */
  readonly sinceMs: number;
  /** It was let in once; whatever happens to it since, the bounds do not keep it out. */
  wasParked = false;
  /** Makes it look for its route again; null while it does. */
  wake: (() => void) | null = null;

  constructor(size: ParkedSize, tenant: string, sinceMs: number) {
    this.size = size;
    this.tenant = tenant;
    this.sinceMs = sinceMs;
  }
}
