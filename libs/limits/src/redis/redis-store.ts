// Asks Redis, with a deadline: what is not answered by then has failed, and nobody waits for it any longer.
import type { RedisCommander } from 'ioredis';
import { LIMIT_SCRIPT, LIMIT_SCRIPT_HASH } from './limit-script.ts';

/** A `Redis` or a `Cluster` of ioredis. */
export type RedisConnection = Pick<RedisCommander, 'eval' | 'callBuffer' | 'set' | 'zrem'>;

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

  /** The script's reply; null when Redis did not answer in time, or refused. Never rejects. */
  async run(keys: readonly string[], args: readonly (string | Buffer)[]): Promise<readonly number[] | null> {
    const reply = await this.within((connection) => evaluate(connection, keys, args));
    return Buffer.isBuffer(reply) ? numbersOf(reply) : null;
  }

  /** undefined: failed. Never rejects. */
  async within<T>(ask: (connection: RedisConnection) => Promise<T>): Promise<T | undefined> {
    const { connection, commandTimeoutMs, onOutcome } = this.#options;
    try {
      const answer = await beforeDeadline(ask(connection), commandTimeoutMs);
      onOutcome?.(null);
      return answer;
    } catch (error) {
      this.errors++;
      onOutcome?.(error instanceof Error ? error : new Error('Redis refused', { cause: error }));
      return undefined;
    }
  }
}

async function evaluate(
  connection: RedisConnection,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  try {
    return await connection.callBuffer('evalsha', LIMIT_SCRIPT_HASH, keys.length, ...keys, ...args);
  } catch (error) {
    // After a restart, a failover or SCRIPT FLUSH the server does not know it: EVAL runs it and makes it known.
    if (!isNoScript(error)) throw error;
    return connection.callBuffer('eval', LIMIT_SCRIPT, keys.length, ...keys, ...args);
  }
}

function isNoScript(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    `${error.message}`.startsWith('NOSCRIPT')
  );
}

function numbersOf(reply: Buffer): readonly number[] {
  const numbers: number[] = [];
  for (let at = 0; at + 8 <= reply.length; at += 8) numbers.push(reply.readDoubleLE(at));
  return numbers;
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
