// When the snapshot is written: soon after a change, each minute anyway, so that its date does not grow old; never twice at once.
import { type KeySnapshot, type SnapshotSeal, writeSnapshot } from './snapshot-file.ts';

interface SnapshotKeeperPorts {
  readonly file: string;
  /** null: nothing was confirmed since the start, so what is on disk is better. */
  snapshot(): KeySnapshot | null;
  seal(): SnapshotSeal;
  /** Once, until it works again. */
  failed(error: unknown): void;
}

/** Ten thousand keys take 0.1 s of processor: 2 % while keys keep coming. */
const SOON_MS = 5_000;
const RENEW_MS = 60_000;

export class SnapshotKeeper {
  readonly #ports: SnapshotKeeperPorts;
  #timer: NodeJS.Timeout;
  #isSoon = false;
  #isClosed = false;
  #writing: Promise<void> = Promise.resolve();
  #savedAtMs = Number.NaN;
  #isFailing = false;

  constructor(ports: SnapshotKeeperPorts) {
    this.#ports = ports;
    this.#timer = setTimeout(() => this.#due(), RENEW_MS);
  }

  /** Keys were read, changed or dropped. */
  changed(): void {
    if (this.#isSoon || this.#isClosed) return;
    this.#isSoon = true;
    this.#arm(SOON_MS);
  }

  /** Writes once more, so that the next start knows what this process knew. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #due(): void {
    this.#writing = this.#writing.then(async () => {
      await this.#write();
      if (!this.#isClosed) this.#arm(this.#isSoon ? SOON_MS : RENEW_MS);
    });
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#due(), ms);
  }

  async #write(): Promise<void> {
    const isChanged = this.#isSoon;
    this.#isSoon = false;
    const snapshot = this.#ports.snapshot();
    if (snapshot === null || (!isChanged && snapshot.confirmedAtMs === this.#savedAtMs)) return;
    try {
      await writeSnapshot(this.#ports.file, snapshot, this.#ports.seal());
      this.#savedAtMs = snapshot.confirmedAtMs;
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#ports.failed(error);
      this.#isFailing = true;
    }
  }
}
