// How often may an address try wrong keys? Its 401s become 429s beyond the limit, and nothing else: whoever has a valid key is
// never held up by what others behind the same address do (decisions L6).
import { parseAddress } from '#addresses';
import { MemoryLimiter, type RateLimit, type Spender } from '#limits';

interface FailedAuthOptions {
  /** Wrong keys a minute from one address; a sixth of it at once. */
  readonly failedPerMinute: number;
  /** Addresses remembered: some 300 bytes each. */
  readonly maxAddresses?: number;
}

type FailedAnswer = { readonly limited: false } | { readonly limited: true; readonly retryAfterMs: number };

const NOT_LIMITED: FailedAnswer = { limited: false };
/** Addresses are nobody's: all their buckets lie under one name. */
const STRANGERS: Spender = { tenant: '', isStrict: false, isPrepaid: false };
/** How a charge of an address begins; nobody is shown its kind and scope. */
const ONE_FAILURE = { type: 'rate', kind: 'requests', scope: 'tenant', fixed: 1, perOutput: 0 } as const;

export class FailedAuth {
  readonly #rate: RateLimit;
  readonly #limiter: MemoryLimiter;
  #nowUs = 0;

  constructor({ failedPerMinute, maxAddresses = 10_000 }: FailedAuthOptions) {
    const burst = Math.max(1, Math.ceil(failedPerMinute / 6));
    this.#rate = { limit: failedPerMinute, periodMs: 60_000, burst };
    this.#limiter = new MemoryLimiter({ nowUs: () => this.#nowUs, maxBuckets: maxAddresses });
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#limiter.size;
  }

  /** To be told of each key that was not proven. `nowMs` is the monotonic clock. */
  failed(address: string, nowMs: number): FailedAnswer {
    this.#nowUs = Math.round(nowMs * 1_000);
    const bucket = networkOf(address);
    const decision = this.#limiter.take(STRANGERS, [{ ...ONE_FAILURE, bucket, rate: this.#rate }]);
    // Granted, and no other answer, is without a wait: the burst is at least the one that is asked for.
    return 'retryAfterMs' in decision ? { limited: true, retryAfterMs: decision.retryAfterMs } : NOT_LIMITED;
  }
}

/** An IPv6 customer has at least a /64 to himself (RFC 6177): counted one by one, his addresses would never run out. */
function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null || parsed.kind() === 'ipv4') return parsed?.toString() ?? address;
  return `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}
