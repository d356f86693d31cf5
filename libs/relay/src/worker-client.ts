// The relay's own HTTP/1.1 client: pooled sockets per worker, one call a socket at a time (docs/adr/0005).
import type { WorkerEndpoint } from '#workers';
import type { LegRequest, RelayOptions } from './leg.ts';
import { type Pulse, sharedPulse, type Watched } from './pulse.ts';
import { encodeRequest } from './request-bytes.ts';
import { type CallKeeper, type CallSink, WorkerCall } from './worker-call.ts';
import { type SocketKeeper, type SocketOwner, WorkerSocket } from './worker-socket.ts';

export type ClientOptions = Pick<
  RelayOptions,
  'connectTimeoutMs' | 'keepAliveMs' | 'maxIdleSocketsPerWorker'
>;

export class WorkerClient implements CallKeeper, SocketKeeper, Watched {
  slot = -1;
  readonly #options: ClientOptions;
  readonly #pulse: Pulse;
  /** Sockets at rest; the last one used is taken first, so that the others can age away. */
  readonly #idle = new Map<string, WorkerSocket[]>();
  readonly #connecting = new Set<WorkerCall>();
  /** Sockets whose call was released before the answer's last bytes had come. */
  readonly #lingering = new Set<WorkerSocket>();
  readonly #open = new Set<WorkerSocket>();
  #isClosed = false;

  constructor(options: ClientOptions, pulse: Pulse = sharedPulse) {
    this.#options = options;
    this.#pulse = pulse;
  }

  /** Sends at once; every outcome, a refused connection too, is reported to the sink later, never from within. */
  send(endpoint: WorkerEndpoint, request: LegRequest, sink: CallSink): WorkerCall {
    const call = new WorkerCall(this, endpoint, encodeRequest(endpoint, request), sink);
    this.dispatch(call, false);
    return call;
  }

  /** Open connections, resting ones included. */
  get sockets(): number {
    return this.#open.size;
  }

  /** Drops every connection. Running calls fail as cut. */
  close(): void {
    this.#isClosed = true;
    for (const socket of [...this.#open]) socket.destroy();
    this.#pulse.forget(this);
  }

  dispatch(call: WorkerCall, onFreshSocket: boolean): void {
    const key = endpointKey(call.endpoint);
    const socket = (onFreshSocket ? undefined : this.#takeIdle(key)) ?? this.#connect(call, key);
    call.start(socket);
  }

  settled(call: WorkerCall): void {
    this.#connecting.delete(call);
  }

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
    for (const call of this.#connecting) call.checkConnect(nowMs, this.#options.connectTimeoutMs);
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

  #connect(call: WorkerCall, key: string): WorkerSocket {
    const socket = new WorkerSocket(call.endpoint, key, this);
    this.#open.add(socket);
    this.#connecting.add(call);
    this.#pulse.watch(this);
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
