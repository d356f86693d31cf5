// The listening port, which a server can shut and open again while its connections live on.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** httptools has no limit (5 MB were taken); Node wants a number. */
const maxHeaderSize = 8 * 1024 * 1024;

export class Door {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #host: string;
  #port: number;

  constructor(host: string, port: number, keepAliveMs: number, serve: RequestListener) {
    this.#host = host;
    this.#port = port;
    // uvicorn has no limit on a slow body, and a connection that never sent a request stays open (observed).
    this.#server = createServer(
      { keepAliveTimeout: keepAliveMs, requestTimeout: 0, headersTimeout: 0, maxHeaderSize },
      serve,
    );
    this.#server.keepAliveTimeoutBuffer = 0;
    this.#server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      // A half-close counts as the client's going (observed); Node would keep its own half open.
      socket.once('end', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async open(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, this.#host, () => resolve());
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** New connections are refused and idle ones closed; answers that run go on. */
  shut(): void {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Every connection ends at once, with a reset as when a process is killed, or without. */
  drop(reset: boolean): void {
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Resolves once no connection is left. */
  async emptied(): Promise<void> {
    while (this.#sockets.size > 0) {
      const [socket] = this.#sockets;
      await new Promise<void>((resolve) => socket?.once('close', () => resolve()));
    }
  }
}
