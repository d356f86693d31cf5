// How many gateways share the counters: each tells Redis that it is there. Asked each second, so it is the breaker's probe, too.
import { randomUUID } from 'node:crypto';
import type { RedisStore } from '../redis/redis-store.ts';
import type { ReplicaFile } from './replica-file.ts';

/** One that was silent for so long is not counted: ten seconds of a stopped process, or of a lost network, and a margin. */
const SILENT_MS = 15_000;

/** KEYS[1]: sorted set of gateways by when they were last heard; ARGV: own name, silent ms. The server's clock counts. */
const COUNT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZCARD', KEYS[1])
`;

interface ReplicaCountOptions {
  readonly store: RedisStore;
  readonly keyPrefix: string;
  /** Remembers the count over a restart; null: without Redis this gateway begins as if it were alone. */
  readonly file: ReplicaFile | null;
  readonly nowMs?: () => number;
}

export class ReplicaCount {
  readonly #store: RedisStore;
  readonly #key: string;
  readonly #name = randomUUID();
  readonly #nowMs: () => number;
  readonly #file: ReplicaFile | null;
  #known: number;
  /** When so many were last counted, or remembered. */
  #knownMs: number;

  constructor({ store, keyPrefix, file, nowMs = () => performance.now() }: ReplicaCountOptions) {
    this.#store = store;
    this.#key = `${keyPrefix}replicas`;
    this.#file = file;
    this.#nowMs = nowMs;
    this.#known = file?.read() ?? 1;
    this.#knownMs = nowMs();
  }

  /** As last known; at least this one. */
  get known(): number {
    return this.#known;
  }

  /** False: Redis did not answer. */
  async tell(): Promise<boolean> {
    const count = await this.#store.within((redis) =>
      redis.eval(COUNT_SCRIPT, 1, this.#key, this.#name, `${SILENT_MS}`),
    );
    if (typeof count !== 'number') return false;
    this.#heard(Math.max(1, count));
    return true;
  }

  /** So that the others need not wait for its silence. */
  async leave(): Promise<void> {
    await this.#store.within((redis) => redis.zrem(this.#key, this.#name));
  }

  /** Resolves once the count last known is on disk, as far as it can be. */
  async kept(): Promise<void> {
    await this.#file?.written();
  }

  /**
   * More are believed at once, fewer only when they were fewer for as long as one may be silent: a Redis that came back empty counts
   * those who have told it since, and were it to go away again just then, each would grant the whole limit.
   */
  #heard(count: number): void {
    const nowMs = this.#nowMs();
    if (count < this.#known && nowMs - this.#knownMs < SILENT_MS) return;
    this.#known = count;
    this.#knownMs = nowMs;
    this.#file?.keep(count);
  }
}
