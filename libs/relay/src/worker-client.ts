// The relay's own HTTP/1.1 client: pooled sockets per worker, one exchange a socket at a time (docs/adr/0005).
import type { WorkerEndpoint } from '#workers';
import type { LegRequest, RelayOptions } from './leg.ts';
import { type Pulse, sharedPulse, type Watched } from './pulse.ts';
import { encodeRequest } from './request-bytes.ts';
import type { ResponseHead } from './response-head.ts';
import type { ResponseSink } from './response-reader.ts';
import { type ExchangeFailure, type SocketKeeper, type SocketOwner, WorkerSocket } from './worker-socket.ts';

export type ClientOptions = Pick<
  RelayOptions,
  'connectTimeoutMs' | 'keepAliveMs' | 'maxIdleSocketsPerWorker'
>;

/** Who sent a request and gets its answer. After `onEnd` or `onFailure` nothing more is called. */
export interface ExchangeSink extends ResponseSink {
  /** After each read from the worker, once all of it was given: the moment to pass on what it held. */
  onRead(): void;
  onEnd(): void;
  onFailure(failure: ExchangeFailure): void;
}

export class WorkerClient implements SocketKeeper, Watched {
  slot = -1;
  readonly #options: ClientOptions;
  readonly #pulse: Pulse;
  /** Sockets at rest; the last one used is taken first, so that the others can age away. */
  readonly #idle = new Map<string, WorkerSocket[]>();
  readonly #connecting = new Set<Exchange>();
  /** Sockets whose exchange was released before the answer's last bytes had come. */
  readonly #lingering = new Set<WorkerSocket>();
  readonly #open = new Set<WorkerSocket>();
  #isClosed = false;

  constructor(options: ClientOptions, pulse: Pulse = sharedPulse) {
    this.#options = options;
    this.#pulse = pulse;
  }

  /** Sends at once; every outcome, a refused connection too, is reported to the sink later, never from within. */
  send(endpoint: WorkerEndpoint, request: LegRequest, sink: ExchangeSink): Exchange {
    const exchange = new Exchange(this, endpoint, encodeRequest(endpoint, request), sink);
    this.dispatch(exchange, false);
    return exchange;
  }

  /** Open connections, resting ones included. */
  get sockets(): number {
    return this.#open.size;
  }

  /** Drops every connection. Running exchanges fail as cut. */
  close(): void {
    this.#isClosed = true;
    for (const socket of [...this.#open]) socket.destroy();
    this.#pulse.forget(this);
  }

  /** For `Exchange` only. */
  dispatch(exchange: Exchange, onFreshSocket: boolean): void {
    const key = endpointKey(exchange.endpoint);
    const socket = (onFreshSocket ? undefined : this.#takeIdle(key)) ?? this.#connect(exchange, key);
    exchange.start(socket);
  }

  /** For `Exchange` only: it got an answer, failed or was given up, so its connecting is no longer timed. */
  settled(exchange: Exchange): void {
    this.#connecting.delete(exchange);
  }

  /** For `Exchange` only: nobody waits for what this socket still has to read. */
  linger(socket: WorkerSocket): void {
    socket.idleSinceMs = performance.now();
    this.#lingering.add(socket);
    this.#pulse.watch(this);
    socket.resume();
    socket.disown(nobody);
  }

  onIdle(socket: WorkerSocket): void {
    this.#lingering.delete(socket);
    const resting = this.#idle.get(socket.endpointKey) ?? [];
    if (this.#isClosed || resting.length >= this.#options.maxIdleSocketsPerWorker) {
      socket.destroy();
      return;
    }
    socket.idleSinceMs = performance.now();
    resting.push(socket);
    if (!this.#idle.has(socket.endpointKey)) this.#idle.set(socket.endpointKey, resting);
    this.#pulse.watch(this);
  }

  onClosed(socket: WorkerSocket): void {
    this.#open.delete(socket);
    this.#lingering.delete(socket);
    const resting = this.#idle.get(socket.endpointKey);
    const at = resting?.indexOf(socket) ?? -1;
    if (resting && at >= 0) resting.splice(at, 1);
  }

  onPulse(nowMs: number): void {
    for (const exchange of this.#connecting) exchange.checkConnect(nowMs, this.#options.connectTimeoutMs);
    for (const socket of this.#lingering) {
      if (nowMs - socket.idleSinceMs >= this.#options.keepAliveMs) socket.destroy();
    }
    for (const [key, resting] of this.#idle) {
      // The longest at rest is first.
      while (resting[0] && nowMs - resting[0].idleSinceMs >= this.#options.keepAliveMs) resting[0].destroy();
      if (resting.length === 0) this.#idle.delete(key);
    }
    if (this.#connecting.size + this.#idle.size + this.#lingering.size === 0) this.#pulse.forget(this);
  }

  #takeIdle(key: string): WorkerSocket | undefined {
    return this.#idle.get(key)?.pop();
  }

  #connect(exchange: Exchange, key: string): WorkerSocket {
    const socket = new WorkerSocket(exchange.endpoint, key, this);
    this.#open.add(socket);
    this.#connecting.add(exchange);
    this.#pulse.watch(this);
    return socket;
  }
}

/** A socket the worker had closed while it rested says so at once: whatever is cut later was held, and is not sent again unnoticed. */
const STALE_MS = 1_000;

/** One request and its answer. A resting socket the worker had closed meanwhile is replaced once, unnoticed. */
export class Exchange implements SocketOwner {
  readonly endpoint: WorkerEndpoint;
  readonly #client: WorkerClient;
  readonly #sink: ExchangeSink;
  #request: readonly Buffer[];
  #socket: WorkerSocket | null = null;
  #startedMs = 0;
  #hasAnswer = false;
  /** What made us take a fresh socket. */
  #staleCut: ExchangeFailure | null = null;

  constructor(
    client: WorkerClient,
    endpoint: WorkerEndpoint,
    request: readonly Buffer[],
    sink: ExchangeSink,
  ) {
    this.#client = client;
    this.endpoint = endpoint;
    this.#request = request;
    this.#sink = sink;
  }

  start(socket: WorkerSocket): void {
    this.#socket = socket;
    this.#startedMs = performance.now();
    socket.carry(this.#request, this);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Closes the connection at once: that is how vLLM learns that nobody wants the answer. Reports nothing more. */
  abort(): void {
    const socket = this.#leaveSocket();
    socket?.destroy();
  }

  /** The answer is known to be complete: let the socket read its last bytes by itself and go back to the pool. */
  release(): void {
    const socket = this.#leaveSocket();
    if (socket) this.#client.linger(socket);
  }

  onHead(head: ResponseHead): void {
    this.#hasAnswer = true;
    this.#request = [];
    this.#client.settled(this);
    this.#sink.onHead(head);
    this.#socket?.passBodyTo(this.#sink);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    this.#sink.onBody(bytes, start, end);
  }

  onRead(): void {
    this.#hasAnswer = true;
    this.#sink.onRead();
  }

  onEnd(): void {
    this.#socket = null;
    this.#sink.onEnd();
  }

  onSocketFailure(failure: ExchangeFailure): void {
    const socket = this.#leaveSocket();
    const isSoon = performance.now() - this.#startedMs < STALE_MS;
    if (failure.kind === 'cut' && socket?.isReused === true && !this.#hasAnswer && isSoon) {
      this.#staleCut = failure;
      this.#client.dispatch(this, true);
    } else {
      // It was not the rest that closed it: the worker is gone, perhaps of this request.
      this.#sink.onFailure(failure.kind === 'connect' ? (this.#staleCut ?? failure) : failure);
    }
  }

  checkConnect(nowMs: number, timeoutMs: number): void {
    if (this.#socket?.isConnected) this.#client.settled(this);
    else if (nowMs - this.#startedMs >= timeoutMs) {
      this.abort();
      this.#sink.onFailure({
        kind: 'connect-timeout',
        why: `no connection within ${timeoutMs} ms`,
        cause: undefined,
      });
    }
  }

  #leaveSocket(): WorkerSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    this.#client.settled(this);
    return socket;
  }
}

/** Reads the last bytes of answers whose receiver is done. */
const nobody: SocketOwner = {
  onHead() {},
  onBody() {},
  onRead() {},
  onEnd() {},
  onSocketFailure() {},
};

function endpointKey(endpoint: WorkerEndpoint): string {
  return `${endpoint.tls ? 'https' : 'http'}://${endpoint.host}:${endpoint.port}`;
}
