// One connection to a worker. It carries one call at a time; between calls it rests in the client's pool.
import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { WorkerEndpoint } from '#workers';
import { ResponseReader, type ResponseSink } from './response-reader.ts';
import { holdThisTurn } from './turn-end.ts';

/** How a call failed; `cut` covers every way a connection can end before the answer did. */
export interface CallFailure {
  readonly kind: 'connect' | 'connect-timeout' | 'cut' | 'malformed';
  /** For the log: what happened, in words. */
  readonly why: string;
  readonly cause: unknown;
}

/** Who a socket reports to while it carries a call. */
export interface SocketOwner extends ResponseSink {
  /** After each read, once all of it was given: the moment to pass on what it held. */
  onRead(): void;
  /** The answer is complete; the socket has been let go. */
  onEnd(): void;
  onSocketFailure(failure: CallFailure): void;
}

/** Takes a body straight from the socket: each object between them would be fetched anew for every frame. */
type BodyTaker = ResponseSink & Pick<SocketOwner, 'onRead'>;

/** What the pool wants to know. */
export interface SocketKeeper {
  onIdle(socket: WorkerSocket): void;
  onClosed(socket: WorkerSocket): void;
}

/**
 * One read buffer serves every socket: each read is used up, or copied, before the callback returns. Windows reads
 * into the buffer while others' callbacks run (overlapped I/O), so there each socket has its own.
 */
const READ_BYTES = 64 * 1024;
const sharedReadBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export class WorkerSocket {
  /** It has carried a call before, so the worker may have closed it without our knowing. */
  isReused = false;
  isConnected = false;
  /** Set by the pool when it comes to rest, in `performance.now()` milliseconds. */
  idleSinceMs = 0;
  readonly endpointKey: string;
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  readonly #keeper: SocketKeeper;
  #owner: SocketOwner | null = null;
  /** Who takes the body, past the owner; null until the head has come. */
  #taker: BodyTaker | null = null;
  #isClosed = false;

  constructor(endpoint: WorkerEndpoint, endpointKey: string, keeper: SocketKeeper) {
    this.endpointKey = endpointKey;
    this.#keeper = keeper;
    this.#socket = open(endpoint, (count, buffer) => this.#read(count, buffer));
    // Small frames must leave at once (RFC 896 would hold them), and a vanished host must be noticed some time.
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, 15_000);
    this.#socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => {
      this.isConnected = true;
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => this.#workerClosed());
    this.#socket.on('close', () => this.#fail(undefined));
  }

  get isUsable(): boolean {
    return !this.#isClosed && this.#owner === null;
  }

  /** Begins a call: writes the request, then reports to the owner. */
  carry(request: readonly Buffer[], owner: SocketOwner): void {
    this.#owner = owner;
    this.#taker = null;
    this.#reader.expect(owner);
    const socket = this.#socket;
    holdThisTurn(socket);
    if (request.length > 1) socket.cork();
    for (const part of request) socket.write(part);
    if (request.length > 1) socket.uncork();
  }

  /** The owner wants no more reports; the socket reads the rest of the answer and then returns to the pool. */
  disown(quiet: SocketOwner): void {
    if (!this.#owner) return;
    this.#owner = quiet;
    this.passBodyTo(quiet);
  }

  /** From here on the body and the ends of reads are not the owner's business; the end of the answer is. */
  passBodyTo(taker: BodyTaker): void {
    this.#taker = taker;
    this.#reader.redirect(taker);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner = null;
    this.#keeper.onClosed(this);
    this.#socket.destroy();
  }

  #read(count: number, buffer: Uint8Array): boolean {
    const owner = this.#owner;
    // Nothing was asked: whatever this is, it must not become the answer to the next request.
    if (!owner) {
      this.destroy();
      return true;
    }
    const progress = this.#reader.feed(asBuffer(buffer), count);
    // Also of a read that ends in nonsense: what came before it is its reader's, and lies where the next read's frames will.
    (this.#taker ?? owner).onRead();
    if (progress === 'refused')
      this.#report({ kind: 'malformed', why: `the worker sent ${this.#reader.complaint}`, cause: undefined });
    else if (progress === 'done') this.#complete();
    return true;
  }

  #complete(): void {
    const owner = this.#owner;
    if (!owner) return;
    this.#owner = null;
    this.#taker = null;
    const { isReusable } = this.#reader;
    this.#reader.forget();
    // A worker may answer before it has read the whole request; what is left of it would spoil the next one.
    if (isReusable && this.#socket.writableLength === 0) {
      this.#socket.resume();
      this.isReused = true;
      this.#keeper.onIdle(this);
    } else this.destroy();
    owner.onEnd();
  }

  #workerClosed(): void {
    if (this.#owner && this.#reader.close() === 'done') this.#complete();
    else this.#fail(undefined);
  }

  #fail(error: Error | undefined): void {
    if (this.#isClosed) return;
    const why = error ? error.message : 'the worker closed the connection';
    this.#report({ kind: this.isConnected ? 'cut' : 'connect', why, cause: error });
  }

  #report(failure: CallFailure): void {
    const owner = this.#owner;
    this.destroy();
    owner?.onSocketFailure(failure);
  }
}

function open(endpoint: WorkerEndpoint, read: (count: number, buffer: Uint8Array) => boolean): Socket {
  const buffer = process.platform === 'win32' ? Buffer.allocUnsafeSlow(READ_BYTES) : sharedReadBuffer;
  const host = endpoint.host.replace(/^\[|\]$/g, '');
  const target: TcpNetConnectOpts = {
    host,
    port: endpoint.port,
    onread: { buffer, callback: read },
  };
  if (!endpoint.tls) return connectTcp(target);
  return connectTls({
    ...target,
    ...(isIP(host) ? {} : { servername: host }),
    ...(endpoint.tls.ca === null ? {} : { ca: endpoint.tls.ca }),
    ALPNProtocols: ['http/1.1'],
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
