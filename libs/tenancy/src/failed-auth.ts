// How often may an address try wrong keys? Its 401s become 429s beyond the limit, and nothing else: whoever has a valid key is
// never held up by what others behind the same address do (decisions L6).
import { parseAddress } from '#addresses';
import { MemoryRateLimiter, type RateLimit } from '#limits';

export interface FailedAuthOptions {
  /** Wrong keys a minute from one address; a sixth of it at once. */
  readonly failedPerMinute: number;
  /** Addresses remembered: some 100 bytes each. */
  readonly maxAddresses?: number;
}

export type FailedAnswer =
  | { readonly limited: false }
  | { readonly limited: true; readonly retryAfterMs: number };

const NOT_LIMITED: FailedAnswer = { limited: false };

export class FailedAuth {
  readonly #limit: RateLimit;
  readonly #limiter: MemoryRateLimiter;
  #nowUs = 0;

  constructor({ failedPerMinute, maxAddresses = 10_000 }: FailedAuthOptions) {
    const burst = Math.max(1, Math.ceil(failedPerMinute / 6));
    this.#limit = { limit: failedPerMinute, periodMs: 60_000, burst };
    this.#limiter = new MemoryRateLimiter({ nowUs: () => this.#nowUs, maxBuckets: maxAddresses });
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#limiter.size;
  }

  /** To be told of each key that was not proven. `nowMs` is the monotonic clock. */
  failed(address: string, nowMs: number): FailedAnswer {
    this.#nowUs = Math.round(nowMs * 1_000);
    const decision = this.#limiter.take(networkOf(address), this.#limit, 1);
    return decision.granted ? NOT_LIMITED : { limited: true, retryAfterMs: decision.retryAfterMs };
  }
}

/** An IPv6 customer has at least a /64 to himself (RFC 6177): counted one by one, his addresses would never run out. */
function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  return `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}
