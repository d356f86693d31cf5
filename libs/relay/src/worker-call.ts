// One request to a worker and its answer, on a socket of the client's pool.
import type { WorkerEndpoint } from '#workers';
import type { ResponseHead } from './response-head.ts';
import type { ResponseSink } from './response-reader.ts';
import type { CallFailure, SocketOwner, WorkerSocket } from './worker-socket.ts';

/** Who sent a request and gets its answer. After `onEnd` or `onFailure` nothing more is called. */
export interface CallSink extends ResponseSink {
  /** After each read from the worker, once all of it was given: the moment to pass on what it held. */
  onRead(): void;
  onEnd(): void;
  onFailure(failure: CallFailure): void;
}

/** What a call needs of its client. */
export interface CallKeeper {
  /** Gives the call a socket, one at rest or a fresh one. */
  dispatch(call: WorkerCall, onFreshSocket: boolean): void;
  /** It got an answer, failed or was given up, so its connecting is no longer timed. */
  settled(call: WorkerCall): void;
  /** Nobody waits for what this socket still has to read. */
  linger(socket: WorkerSocket): void;
}

/** A socket the worker had closed while it rested says so at once: whatever is cut later was held, and is not sent again unnoticed. */
const STALE_MS = 1_000;

/** A resting socket the worker had closed meanwhile is replaced once, unnoticed. */
export class WorkerCall implements SocketOwner {
  readonly endpoint: WorkerEndpoint;
  readonly #keeper: CallKeeper;
  readonly #sink: CallSink;
  #request: readonly Buffer[];
  #socket: WorkerSocket | null = null;
  #startedMs = 0;
  #hasAnswer = false;
  /** What made us take a fresh socket. */
  #staleCut: CallFailure | null = null;

  constructor(keeper: CallKeeper, endpoint: WorkerEndpoint, request: readonly Buffer[], sink: CallSink) {
    this.#keeper = keeper;
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
    if (socket) this.#keeper.linger(socket);
  }

  onHead(head: ResponseHead): void {
    this.#hasAnswer = true;
    this.#request = [];
    this.#keeper.settled(this);
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

  onSocketFailure(failure: CallFailure): void {
    const socket = this.#leaveSocket();
    const isSoon = performance.now() - this.#startedMs < STALE_MS;
    if (failure.kind === 'cut' && socket?.isReused === true && !this.#hasAnswer && isSoon) {
      this.#staleCut = failure;
      this.#keeper.dispatch(this, true);
    } else {
      // It was not the rest that closed it: the worker is gone, perhaps of this request.
      this.#sink.onFailure(failure.kind === 'connect' ? (this.#staleCut ?? failure) : failure);
    }
  }

  checkConnect(nowMs: number, timeoutMs: number): void {
    if (this.#socket?.isConnected) this.#keeper.settled(this);
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
    this.#keeper.settled(this);
    return socket;
  }
}
