// Keys asked for by id, however many ask: each id once at a time, ids that wait go together in one query, few queries at once,
// and nobody waits longer than the deadline. So a start with ten thousand keys, or a flood of made-up ids, is a few queries.
import type { StoredKey } from './stored-key.ts';

type ReadKeys = (ids: readonly string[]) => Promise<ReadonlyMap<string, StoredKey>>;

export type FoundKey =
  /** `readAtMs`: when the query was sent, monotonic; what changed since may be missing. */
  | { readonly found: true; readonly stored: StoredKey; readonly readAtMs: number }
  | { readonly found: false; readonly why: 'unknown' }
  | { readonly found: false; readonly why: 'away'; readonly error: unknown };

interface KeyLookupsOptions {
  /** Of one asker, waiting included. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** Half of the connections a gateway has by default: the ledger and the feed need some too. */
const QUERIES = 3;
const IDS_A_QUERY = 100;
/** Ids waiting. A second of the flood at 300 a query and millisecond; beyond it, refused at once. */
const WAITING = 10_000;

export class KeyLookups {
  readonly #read: ReadKeys;
  readonly #options: KeyLookupsOptions;
  readonly #asked = new Map<string, Asked>();
  #waiting: string[] = [];
  #running = 0;
  #queries = 0;

  constructor(read: ReadKeys, options: KeyLookupsOptions) {
    this.#read = read;
    this.#options = options;
  }

  /** Queries sent since the start. */
  get queries(): number {
    return this.#queries;
  }

  /** Never rejects. */
  find(id: string): Promise<FoundKey> {
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked.promise;
    if (this.#waiting.length >= WAITING) return Promise.resolve(TOO_MANY);
    return this.#ask(id);
  }

  #ask(id: string): Promise<FoundKey> {
    const { promise, resolve } = Promise.withResolvers<FoundKey>();
    const timer = setTimeout(() => this.#answer(id, TIMED_OUT), this.#options.timeoutMs);
    this.#asked.set(id, { promise, resolve, timer });
    this.#waiting.push(id);
    this.#send();
    return promise;
  }

  #send(): void {
    if (this.#running >= QUERIES || this.#waiting.length === 0) return;
    const ids = this.#waiting.splice(0, IDS_A_QUERY).filter((id) => this.#asked.has(id));
    if (ids.length > 0) void this.#query(ids);
    else this.#send();
  }

  /** A query that hangs keeps its place beyond the deadline: a database that is away is not sent more and more of them. */
  async #query(ids: readonly string[]): Promise<void> {
    this.#running++;
    this.#queries++;
    const readAtMs = this.#options.nowMs();
    try {
      const rows = await this.#read(ids);
      for (const id of ids) {
        const stored = rows.get(id);
        this.#answer(id, stored === undefined ? UNKNOWN : { found: true, stored, readAtMs });
      }
    } catch (error) {
      for (const id of ids) this.#answer(id, { found: false, why: 'away', error });
    } finally {
      this.#running--;
      this.#send();
    }
  }

  #answer(id: string, found: FoundKey): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.resolve(found);
  }
}

interface Asked {
  readonly promise: Promise<FoundKey>;
  readonly resolve: (found: FoundKey) => void;
  readonly timer: NodeJS.Timeout;
}

const UNKNOWN: FoundKey = { found: false, why: 'unknown' };
const TIMED_OUT: FoundKey = { found: false, why: 'away', error: new Error('the look-up took too long') };
const TOO_MANY: FoundKey = { found: false, why: 'away', error: new Error('too many look-ups are waiting') };
