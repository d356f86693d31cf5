// What has changed? A NOTIFY says "now", the table `change` says what, in the order of commits. Pushed, a change is here within
// milliseconds; with the push lost, at the next look, a second later.
import type { Database } from '#database';

export interface Change {
  readonly kind: 'key' | 'tenant' | 'plan';
  readonly id: string;
}

interface ChangeFeedPorts {
  readonly database: Database;
  /** Resolves when the changes are taken in; then they are not told again. Rejects: they are told again. */
  apply(changes: readonly Change[]): Promise<void>;
  /** What changed is not known: everything is to be read again. */
  readAll(): Promise<void>;
  /** Every change up to `atMs` (monotonic) is taken in. */
  confirmed(atMs: number): void;
  failed(error: unknown): void;
  pushLost(error: unknown): void;
  /** Monotonic. */
  nowMs(): number;
  readonly pollMs: number;
}

const CHANGE_CHANNEL = 'ropeway_change';
/** A look that takes longer has failed: three of them fit into the 15 s after which the database counts as away. */
const LOOK_TIMEOUT_MS = 4_000;
const CHANGES_A_LOOK = 1_000;
/** Rows of `change` are pruned after an hour; ten minutes off for the pruner's clock. */
const KEPT_MS = 50 * 60_000;

export class ChangeFeed {
  readonly #ports: ChangeFeedPorts;
  /** null: nothing is known yet, or too much was missed. */
  #epoch: number | null = null;
  #seenMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<boolean> | null = null;
  #again = false;
  /** Counts looks: one that was given up must not go on in the name of a later one. */
  #turn = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopListening: (() => Promise<void>) | null = null;
  #isListening = false;
  #isClosed = false;
  readonly #closed = Promise.withResolvers<never>();

  constructor(ports: ChangeFeedPorts) {
    this.#ports = ports;
    // Of interest to a look under way, if there is one.
    this.#closed.promise.catch(() => {});
  }

  /** Resolves after the first look, whether it worked (true) or not; looks go on until `close`. */
  start(): Promise<boolean> {
    return this.#look();
  }

  /** Looks at once; or once more, when a look is under way. */
  poke(): void {
    if (this.#looking === null) void this.#look();
    else this.#again = true;
  }

  /** Gives up a look under way: a database that hangs must not hold up a shutdown. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.reject(new Error('closed'));
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    await this.#stopListening?.();
  }

  async #look(): Promise<boolean> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#looking = this.#lookOnce();
    const isDone = await this.#looking;
    this.#looking = null;
    if (this.#isClosed) return isDone;
    if (isDone) void this.#listen();
    const again = this.#again && isDone;
    this.#again = false;
    this.#timer = setTimeout(() => void this.#look(), again ? 0 : this.#ports.pollMs);
    return isDone;
  }

  async #lookOnce(): Promise<boolean> {
    const turn = ++this.#turn;
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`)),
      LOOK_TIMEOUT_MS,
    );
    try {
      await Promise.race([this.#takeIn(turn), deadline.promise, this.#closed.promise]);
      return true;
    } catch (error) {
      this.#turn++;
      if (!this.#isClosed) this.#ports.failed(error);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async #takeIn(turn: number): Promise<void> {
    const { nowMs, confirmed } = this.#ports;
    const startedMs = nowMs();
    const newest = await this.#newestEpoch();
    const isMissed = startedMs - this.#seenMs > KEPT_MS;
    // Below what was seen: the database was restored from an older state, so anything may be different.
    const isOlder = newest !== null && this.#epoch !== null && newest < this.#epoch;
    if (this.#epoch === null || isMissed || isOlder) {
      await this.#ports.readAll();
      if (turn === this.#turn) this.#epoch = newest ?? 0;
    } else if (newest !== null && newest > this.#epoch) {
      await this.#applyNew(turn, this.#epoch);
    }
    if (turn !== this.#turn) return;
    this.#seenMs = startedMs;
    confirmed(startedMs);
  }

  async #applyNew(turn: number, since: number): Promise<void> {
    let epoch = since;
    for (;;) {
      const changes = await this.#changesAfter(epoch);
      if (changes.length > 0) await this.#ports.apply(changes);
      if (turn !== this.#turn) return;
      epoch = changes.at(-1)?.epoch ?? epoch;
      this.#epoch = epoch;
      if (changes.length < CHANGES_A_LOOK) return;
    }
  }

  async #newestEpoch(): Promise<number | null> {
    const { sql } = this.#ports.database;
    const row = await sql
      .selectFrom('change')
      .select(({ fn }) => fn.max('epoch').as('newest'))
      .executeTakeFirst();
    return row?.newest ?? null;
  }

  #changesAfter(epoch: number) {
    return this.#ports.database.sql
      .selectFrom('change')
      .select(['epoch', 'kind', 'id'])
      .where('epoch', '>', epoch)
      .orderBy('epoch')
      .limit(CHANGES_A_LOOK)
      .execute();
  }

  /** Tried again after each look while it does not work; once it does, the database lib keeps the connection up. */
  async #listen(): Promise<void> {
    if (this.#isListening || this.#isClosed) return;
    this.#isListening = true;
    const { database, pushLost } = this.#ports;
    try {
      const stop = await database.listen(CHANGE_CHANNEL, () => this.poke(), pushLost);
      this.#stopListening = stop;
      if (this.#isClosed) await stop();
      else this.poke();
    } catch (error) {
      this.#isListening = false;
      pushLost(error);
    }
  }
}
