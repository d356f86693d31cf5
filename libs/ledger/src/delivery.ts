// Rows on their way from the outbox to the sink: one batch at a time, oldest first, removed once the sink has them. While
// the sink is away it is asked again after a growing pause; requests notice nothing, the outbox grows.
import type { DiskWatch } from './disk-watch.ts';
import type { Handover } from './handover.ts';
import type { LedgerSink } from './ledger.ts';
import type { LedgerEvent } from './ledger-event.ts';
import type { OutboxBatch } from './outbox-file.ts';
import type { OutboxThread } from './outbox-thread.ts';
import { pauseMs } from './pause.ts';
import { RowsRefused } from './rows-refused.ts';

interface DeliveryPorts {
  readonly thread: Pick<OutboxThread, 'ask'>;
  readonly disk: DiskWatch;
  readonly sink: LedgerSink;
  readonly handover: Handover | null;
  readonly onEvent: (event: LedgerEvent) => void;
}

interface DeliverySettings {
  readonly batchRows: number;
  readonly gatherMs: number;
  readonly sinkTimeoutMs: number;
  readonly maxPauseMs: number;
}

/** Longest pause while somebody waits for the outbox to be empty. */
const HURRIED_PAUSE_MS = 250;
/** With somewhere else to leave rows, a sink that is silent for so long is not waited for at the end. */
const HURRIED_SINK_MS = 5_000;

export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #settings: DeliverySettings;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  /** Rows of the next batch: halved when rows are refused, until the bad one is alone, and doubled after each success. */
  #rows: number;
  /** Of the sink, one after the other; and of our own disk. */
  #failures = 0;
  #diskFailures = 0;
  /** When the sink was back last. */
  #backMs = Number.NEGATIVE_INFINITY;
  /** The sink has everything up to this row, the outbox could not note it yet: removed first, not sent again. */
  #unremoved: OutboxBatch | null = null;
  #delivered = 0;
  #isHurried = false;
  /** At the end the sink has had its chance. */
  #hasGivenUp = false;

  constructor(ports: DeliveryPorts, settings: DeliverySettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#rows = settings.batchRows;
  }

  get isSinkAway(): boolean {
    return this.#failures > 0;
  }

  /** Rows of some time ago may not be in the sink: ours, or those of another that is still in its pause when we are not. */
  get isBehind(): boolean {
    return this.isSinkAway || performance.now() - this.#backMs < this.#settings.maxPauseMs;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** There are rows. Cheap: called after each commit. */
  wake(): void {
    if (this.#sending === null && this.#timer === null) this.#sendAfter(this.#settings.gatherMs);
  }

  /** No more gathering and short pauses: the process is about to end. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#sending === null) this.#sendAfter(0);
  }

  /** Gives up what is under way: its rows are still in the outbox. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The ledger is closed.'));
    if (this.#timer) clearTimeout(this.#timer);
    await this.#sending;
  }

  #sendAfter(delayMs: number): void {
    if (this.#closing.signal.aborted) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#sending = this.#send()
        .catch((error: Error) => this.#noteDisk(error))
        .then((nextMs) => {
          this.#sending = null;
          if (nextMs !== null) this.#sendAfter(nextMs);
        });
    }, delayMs);
    this.#timer.unref();
  }

  /** Resolves with the pause before the next batch; null when nothing is left. Rejects when the outbox's thread fails. */
  async #send(): Promise<number | null> {
    const { thread } = this.#ports;
    await this.#remove();
    const batch = await thread.ask('read', { rows: this.#rows });
    if (batch.count === 0) return null;
    const isHandedOver = this.#hasGivenUp && (await this.#handOver(batch));
    if (!isHandedOver) {
      const failure = await this.#write(batch.text);
      if (failure instanceof RowsRefused) return this.#takeApart(batch, failure);
      if (failure !== null) return this.#noteAway(failure);
      if (this.#failures > 0) {
        this.#failures = 0;
        this.#backMs = performance.now();
        this.#ports.onEvent({ kind: 'sink-back' });
      }
    }
    this.#unremoved = batch;
    await this.#remove();
    const isAll = batch.count < this.#rows;
    this.#rows = Math.min(this.#rows * 2, this.#settings.batchRows);
    return isAll && !this.#isHurried ? this.#settings.gatherMs : 0;
  }

  async #remove(): Promise<void> {
    const batch = this.#unremoved;
    if (batch === null) return;
    await this.#ports.thread.ask('remove', { lastId: batch.lastId });
    this.#unremoved = null;
    this.#delivered += batch.count;
    this.#diskFailures = 0;
    this.#ports.disk.noteWritten();
  }

  /** At the end, with the sink away: rows that leave for another gateway are on our disk no more. */
  async #handOver({ text, count }: OutboxBatch): Promise<boolean> {
    const { handover, onEvent } = this.#ports;
    if (handover === null) return false;
    try {
      await handover.give(text, this.#deadline(HURRIED_SINK_MS));
      onEvent({ kind: 'handed-over', rows: count });
      return true;
    } catch {
      // Away as well: the sink is asked again, the rows are on disk.
      return false;
    }
  }

  #deadline(ms: number): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ms)]);
  }

  /** A sink that neither answers nor fails is away, too: whatever it still does is repeated, which changes nothing. */
  async #write(text: string): Promise<Error | null> {
    const isLast = this.#isHurried && this.#ports.handover !== null;
    const signal = this.#deadline(isLast ? HURRIED_SINK_MS : this.#settings.sinkTimeoutMs);
    const { promise, resolve } = Promise.withResolvers<Error>();
    signal.addEventListener('abort', () => resolve(toError(signal.reason)), { once: true });
    const writing = this.#ports.sink.write(text, signal).then(
      () => null,
      (error: unknown) => toError(error),
    );
    return Promise.race([writing, promise]);
  }

  async #takeApart({ count, lastId, text }: OutboxBatch, error: RowsRefused): Promise<number> {
    const { thread, onEvent } = this.#ports;
    if (count > 1) {
      this.#rows = Math.ceil(count / 2);
      return 0;
    }
    await thread.ask('refuse', { id: lastId, error: error.message });
    onEvent({ kind: 'row-refused', error, row: text });
    return 0;
  }

  #noteDisk(error: Error): number | null {
    if (this.#closing.signal.aborted) return null;
    this.#ports.disk.noteFailure(error);
    this.#diskFailures++;
    return pauseMs(this.#diskFailures, this.#longestPauseMs());
  }

  #longestPauseMs(): number {
    return this.#isHurried ? HURRIED_PAUSE_MS : this.#settings.maxPauseMs;
  }

  #noteAway(error: Error): number | null {
    if (this.#closing.signal.aborted) return null;
    if (this.#failures === 0) this.#ports.onEvent({ kind: 'sink-away', error });
    this.#failures++;
    this.#hasGivenUp = this.#isHurried;
    // A batch that took too long may be the reason: less at once, more again when it goes well.
    this.#rows = Math.max(1, Math.ceil(this.#rows / 2));
    return pauseMs(this.#failures, this.#longestPauseMs());
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
