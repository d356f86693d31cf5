// A pool that throws connections away which did not answer. pg gives up waiting and hands such a connection out again, where
// every further statement stands behind the one that never ends: after a failover that drops packets a whole pool would be
// dead until TCP gives up, a quarter of an hour later.
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** What pg says when `query_timeout` has passed (pg 8, client.js). */
const UNANSWERED = 'Query read timeout';

export function discardingPool(pool: PostgresPool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => new WatchedConnection(await pool.connect()),
    end: () => pool.end(),
  };
}

/** From being taken out of the pool until it is given back. */
class WatchedConnection implements PostgresPoolClient {
  readonly #client: PostgresPoolClient;
  #isUnanswered = false;

  constructor(client: PostgresPoolClient) {
    this.#client = client;
  }

  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    asked: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    return typeof asked === 'string' ? this.#ask(asked, parameters) : this.#client.query(asked);
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#isUnanswered);
  }

  async #ask<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    try {
      return await this.#client.query<R>(text, parameters);
    } catch (error) {
      this.#isUnanswered ||= error instanceof Error && error.message === UNANSWERED;
      throw error;
    }
  }
}
