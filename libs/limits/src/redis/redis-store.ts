// Asks Redis, with a deadline: what is not answered by then has failed, and nobody waits for it any longer.
import type { RedisCommander } from 'ioredis';

/** A `Redis` or a `Cluster` of ioredis. */
export type RedisConnection = Pick<RedisCommander, 'eval' | 'callBuffer' | 'set' | 'zrem'> & {
  readonly isCluster: boolean;
};

export interface RedisStoreOptions {
  readonly connection: RedisConnection;
  readonly commandTimeoutMs: number;
  /** Told of every command: null when it was answered. Must not throw. */
  readonly onOutcome?: ((error: Error | null) => void) | undefined;
}

export class RedisStore {
  readonly #options: RedisStoreOptions;
  /** Commands that failed or were not answered in time. */
  errors = 0;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
  }

  /** undefined: failed. Never rejects. */
  async within<T>(ask: (connection: RedisConnection) => Promise<T>): Promise<T | undefined> {
    const { connection, commandTimeoutMs, onOutcome } = this.#options;
    try {
      const answer = await beforeDeadline(ask(connection), commandTimeoutMs);
      onOutcome?.(null);
      return answer;
    } catch (error) {
      this.noteFailure(error instanceof Error ? error : new Error('Redis refused', { cause: error }));
      return undefined;
    }
  }

  noteFailure(error: Error): void {
    this.errors++;
    this.#options.onOutcome?.(error);
  }
}

/**
 * Rejects when it takes longer. After the time is up the event loop gets one more turn: if it was this process that was held up,
 * the answer lies in the socket's buffer by now.
 */
function beforeDeadline<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() =>
        setImmediate(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`))),
      );
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
