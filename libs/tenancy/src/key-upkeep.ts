// What the gateway writes about keys, behind the requests: when a key was used last, and its digest under the newest pepper.
// Both may wait, both may be written twice; a gateway that is killed loses some seconds of them.
import { sql } from 'kysely';
import type { Database } from '#database';

export interface NewDigest {
  readonly id: string;
  /** Replaced only while this is what is stored: another gateway may have been here. */
  readonly replaces: Buffer;
  readonly digest: Buffer;
  readonly pepperVersion: number;
}

interface KeyUpkeepPorts {
  readonly database: Database;
  rehashed(written: NewDigest): void;
  /** Once, until it works again. */
  failed(error: unknown): void;
}

const WRITE_MS = 5_000;
const CLOSE_MS = 2_000;
/** At most once so often a key, from one gateway. */
export const USE_NOTED_MS = 60_000;
const ROWS_A_WRITE = 1_000;
const DIGESTS_A_WRITE = 100;

export class KeyUpkeep {
  readonly #ports: KeyUpkeepPorts;
  #used = new Map<string, number>();
  #digests = new Map<string, NewDigest>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isClosed = false;

  constructor(ports: KeyUpkeepPorts) {
    this.#ports = ports;
  }

  /** `atMs`: wall clock. */
  used(id: string, atMs: number): void {
    this.#used.set(id, atMs);
    this.#soon();
  }

  rehash(digest: NewDigest): void {
    this.#digests.set(digest.id, digest);
    this.#soon();
  }

  /** Writes what is left, as far as two seconds go: it is not worth holding up a shutdown. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_MS);
    await Promise.race([this.#writing.then(() => this.#write()), late]);
    clearTimeout(timer);
  }

  #soon(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#write();
    }, WRITE_MS);
  }

  async #write(): Promise<void> {
    await this.#some(this.#used, ROWS_A_WRITE, (used) => this.#writeUses(used));
    await this.#some(this.#digests, DIGESTS_A_WRITE, (digests) => this.#writeDigests(digests));
    if (this.#used.size + this.#digests.size > 0) this.#soon();
  }

  /** Those that are not written stand at the end again, but for ones that came anew meanwhile. */
  async #some<T>(
    from: Map<string, T>,
    most: number,
    write: (some: readonly (readonly [string, T])[]) => Promise<void>,
  ): Promise<void> {
    const some = [...from.entries().take(most)];
    if (some.length === 0) return;
    for (const [id] of some) from.delete(id);
    try {
      await write(some);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#ports.failed(error);
      this.#isFailing = true;
      for (const [id, value] of some) if (!from.has(id)) from.set(id, value);
    }
  }

  /** Rows that another gateway is writing are left to it: two batches in different order would wait for each other. */
  async #writeUses(used: readonly (readonly [string, number])[]): Promise<void> {
    const uses = JSON.stringify(used.map(([id, atMs]) => ({ id, at: new Date(atMs).toISOString() })));
    await sql`
      with used as (select * from jsonb_to_recordset(${uses}::jsonb) as used(id text, at timestamptz)),
      free as (select id from api_key where id in (select id from used) for update skip locked)
      update api_key set last_used_at = used.at from used, free
      where api_key.id = used.id and free.id = used.id
        and (api_key.last_used_at is null or api_key.last_used_at < used.at)`.execute(
      this.#ports.database.sql,
    );
  }

  async #writeDigests(digests: readonly (readonly [string, NewDigest])[]): Promise<void> {
    for (const [id, written] of digests) {
      const { numUpdatedRows } = await this.#ports.database.sql
        .updateTable('api_key')
        .set({ digest: written.digest, pepper_version: written.pepperVersion })
        .where('id', '=', id)
        .where('digest', '=', written.replaces)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) this.#ports.rehashed(written);
    }
  }
}
