// The ledger of a gateway: an outbox on local disk that each request's intent reaches before the request reaches a worker,
// and the delivery of finished rows from there to the database. The database may be away for as long as the disk has room.
import { Delivery } from './delivery.ts';
import type { DiskShort } from './disk-short.ts';
import { DiskWatch } from './disk-watch.ts';
import { GroupCommit } from './group-commit.ts';
import type { Ledger, LedgerEntry, LedgerIntent, LedgerStats } from './ledger.ts';
import type { OutboxOpened } from './outbox-calls.ts';
import { type OutboxOptions, type OutboxPorts, type OutboxSettings, withDefaults } from './outbox-options.ts';
import { OutboxThread } from './outbox-thread.ts';

const FULL = Promise.resolve('full' as const);

export class OutboxLedger implements Ledger {
  readonly #thread: OutboxThread;
  readonly #ports: OutboxPorts;
  readonly #settings: OutboxSettings;
  readonly #disk: DiskWatch;
  readonly #commits: GroupCommit;
  readonly #delivery: Delivery;
  readonly #adopting: NodeJS.Timeout;
  #isClosed = false;
  #isDraining = false;
  #isShort = false;

  /** Rejects when the folder cannot be used or its outbox is damaged; the message says what to do. */
  static async start(options: OutboxOptions, ports: OutboxPorts): Promise<OutboxLedger> {
    const settings = withDefaults(options);
    const thread = new OutboxThread(settings.folder);
    const opened = await thread.open();
    return new OutboxLedger(settings, ports, thread, opened);
  }

  private constructor(
    settings: OutboxSettings,
    ports: OutboxPorts,
    thread: OutboxThread,
    opened: OutboxOpened,
  ) {
    this.#settings = settings;
    this.#ports = ports;
    this.#thread = thread;
    const { onEvent, sink, handover = null } = ports;
    const disk = new DiskWatch(onEvent);
    this.#disk = disk;
    this.#delivery = new Delivery({ thread, disk, sink, handover, onEvent }, settings);
    const onRows = () => this.#delivery.wake();
    this.#commits = new GroupCommit({ thread, disk, onRows, onEvent }, settings, opened.lastSeq);
    if (opened.recovered > 0) onEvent({ kind: 'recovered', rows: opened.recovered });
    if (thread.size.rows > 0) this.#delivery.wake();
    this.#noteRoom();
    this.#adopting = setInterval(() => void this.#lookAround(), settings.adoptMs);
    this.#adopting.unref();
    void this.#lookAround();
  }

  open(intent: LedgerIntent): Promise<LedgerEntry | 'full'> {
    if (this.#isFull()) {
      this.#noteRoom();
      return FULL;
    }
    return this.#commits.open(intent);
  }

  stats(): LedgerStats {
    const { intents, bytes, refused } = this.#thread.size;
    return {
      waiting: this.#waiting(),
      openIntents: intents + this.#commits.opening,
      bytes,
      isFull: this.#isFull(),
      isDatabaseAway: this.#delivery.isSinkAway,
      isBehind: this.#delivery.isBehind,
      delivered: this.#delivery.delivered,
      refused,
    };
  }

  diskShort(): DiskShort | null {
    const { folder, minFreeBytes } = this.#settings;
    const { freeBytes } = this.#thread.size;
    return freeBytes < minFreeBytes ? { folder, freeBytes, neededBytes: minFreeBytes } : null;
  }

  async drain(signal: AbortSignal): Promise<boolean> {
    this.#isDraining = true;
    this.#delivery.hurry();
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    // Nothing else of ours keeps a process alive, and it must not end before its rows have left.
    const alive = setInterval(() => {}, 60_000);
    while (this.#waiting() > 0 && !signal.aborted) await Promise.race([this.#thread.nextAnswer(), aborted]);
    clearInterval(alive);
    return this.#waiting() === 0;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#adopting);
    await this.#commits.close();
    await this.#delivery.close();
    await this.#thread.close();
  }

  /** Takes over what processes left behind that are gone; called by itself, at the start and then each minute. */
  async adoptOrphans(): Promise<void> {
    try {
      for (let hasMore = true; hasMore && !this.#isClosed; ) {
        const step = await this.#thread.ask('adopt', null);
        hasMore = step.hasMore;
        for (const damage of step.damages) {
          this.#ports.onEvent({ kind: 'orphan-damaged', error: new Error(damage) });
        }
        if (step.rows === 0) continue;
        this.#ports.onEvent({ kind: 'adopted', rows: step.rows });
        this.#delivery.wake();
      }
    } catch {
      // The disk fails or the thread died: commits tell it, and the next minute tries again.
    }
  }

  /** Takes in what gateways that are gone left elsewhere. Called by itself, as `adoptOrphans`. */
  async takeHandedOver(): Promise<void> {
    const handover = this.#ports.handover ?? null;
    if (handover === null) return;
    const signal = AbortSignal.timeout(this.#settings.sinkTimeoutMs);
    try {
      while (!this.#isClosed && !this.#isDraining && !this.#isFull()) {
        const left = await handover.take(signal);
        if (left === null) return;
        const rows = await this.#thread.ask('add', { text: left.rows });
        await left.done();
        this.#ports.onEvent({ kind: 'taken-in', rows });
        this.#delivery.wake();
      }
    } catch {
      // It is away, or our disk fails, which commits tell: the rows stay where they are until the next look.
    }
  }

  async #lookAround(): Promise<void> {
    await this.adoptOrphans();
    await this.takeHandedOver();
    if (!this.#isClosed) this.#noteRoom();
  }

  /** At the start, at a refusal and each minute: a disk that is nearly full fails no write, so nothing else would tell of it. */
  #noteRoom(): void {
    const short = this.diskShort();
    if ((short !== null) === this.#isShort) return;
    this.#isShort = short !== null;
    this.#ports.onEvent(short === null ? { kind: 'disk-roomy' } : { kind: 'disk-short', short });
  }

  #isFull(): boolean {
    const { maxRows, maxBytes, minFreeBytes } = this.#settings;
    const { bytes, freeBytes } = this.#thread.size;
    if (this.#isClosed || this.#disk.isFailing) return true;
    return this.#waiting() >= maxRows || bytes >= maxBytes || freeBytes < minFreeBytes;
  }

  #waiting(): number {
    const { intents, rows } = this.#thread.size;
    return intents + rows + this.#commits.opening;
  }
}
