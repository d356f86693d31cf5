// Rows left in a Redis stream. One entry a batch; read oldest first and deleted once on somebody's disk. No consumer group:
// two gateways that take the same batch both deliver it, which the database counts once.
import type { HandedOver, Handover } from './handover.ts';

/** Of ioredis' clients, of one server or of a cluster, what is used here. */
interface StreamClient {
  xadd(key: string, id: '*', field: string, value: string): Promise<string | null>;
  xrange(
    key: string,
    from: '-',
    to: '+',
    count: 'COUNT',
    entries: number,
  ): Promise<[id: string, fields: string[]][]>;
  xdel(key: string, id: string): Promise<number>;
}

const FIELD = 'rows';

export class RedisHandover implements Handover {
  readonly #client: StreamClient;
  readonly #key: string;

  /** `key` as in `rw:ledger`; the client's own deadlines hold. */
  constructor(client: StreamClient, key: string) {
    this.#client = client;
    this.#key = key;
  }

  async give(rows: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#client.xadd(this.#key, '*', FIELD, rows);
  }

  async take(signal: AbortSignal): Promise<HandedOver | null> {
    signal.throwIfAborted();
    const [entry] = await this.#client.xrange(this.#key, '-', '+', 'COUNT', 1);
    if (entry === undefined) return null;
    const [id, [, rows = '[]']] = entry;
    return {
      rows,
      done: async () => {
        await this.#client.xdel(this.#key, id);
      },
    };
  }
}
