// One direction of a connection through the proxy: what comes in at one socket goes out at the other, at once, late,
// or not at all.
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type PipeMode =
  | { readonly kind: 'pass' }
  /** Bytes come this much later, in order. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Bytes are kept and go out when the mode changes: a network that loses packets and sends them again. */
  | { readonly kind: 'hold' }
  /** Bytes are gone. The connection is of no use after and is cut when the mode changes. */
  | { readonly kind: 'swallow' };

export class FaultyPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  #mode: PipeMode;
  #hasLost = false;
  /** Chunks leave in the order they came, whatever the delays were. */
  #last: Promise<void> = Promise.resolve();

  constructor(from: Socket, to: Socket, mode: PipeMode) {
    this.#from = from;
    this.#to = to;
    this.#mode = mode;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#finish());
    this.set(mode);
  }

  /** True once bytes were swallowed. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  set(mode: PipeMode): void {
    this.#mode = mode;
    // A socket that is not read fills the kernel's buffers, and then the sender's: as on a real network.
    if (mode.kind === 'hold') this.#from.pause();
    else this.#from.resume();
  }

  #take(chunk: Buffer): void {
    if (this.#mode.kind === 'swallow') {
      this.#hasLost = true;
      return;
    }
    const dueMs = performance.now() + (this.#mode.kind === 'delay' ? this.#mode.delayMs : 0);
    this.#later(async () => {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      await this.#write(chunk);
    });
  }

  #finish(): void {
    if (this.#mode.kind === 'swallow') this.#hasLost = true;
    else this.#later(async () => void this.#to.end());
  }

  #later(step: () => Promise<void>): void {
    this.#last = this.#last.then(step);
  }

  #write(chunk: Buffer): Promise<void> {
    if (this.#to.destroyed || !this.#to.writable) return Promise.resolve();
    return new Promise((resolve) => {
      // Called with an error when the socket goes; the connection's own handlers see to that.
      this.#to.write(chunk, () => resolve());
    });
  }
}
