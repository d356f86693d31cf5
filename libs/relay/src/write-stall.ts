// Finds out a client that takes no bytes: something is waiting to be written and nothing has gone for too long.
import type { Socket } from 'node:net';

export class WriteStall {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #takenBytes = 0;
  #takenAtMs = 0;

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /** Before looking again after a while without. */
  restart(): void {
    this.#takenAtMs = 0;
  }

  /** Looked at now and then; the first look only remembers. */
  hasStalled(nowMs: number): boolean {
    const pendingBytes = this.#socket.writableLength;
    // bytesWritten counts what waits, too; the difference is what the system has taken.
    const takenBytes = this.#socket.bytesWritten - pendingBytes;
    if (pendingBytes > 0 && takenBytes === this.#takenBytes && this.#takenAtMs > 0)
      return nowMs - this.#takenAtMs >= this.#timeoutMs;
    this.#takenBytes = takenBytes;
    this.#takenAtMs = nowMs;
    return false;
  }
}
