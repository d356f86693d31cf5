// A TCP proxy in front of a server, whose network can be made bad while it runs. With it a test has a Redis or a
// PostgreSQL that is black-holed, slow or away although the server is well.
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { FaultyPipe, type PipeMode } from './faulty-pipe.ts';
import { freePort } from './free-port.ts';

type ProxyMode =
  | { readonly kind: 'pass' }
  /** New connections are accepted, bytes of all connections vanish, nothing is answered or closed. */
  | { readonly kind: 'blackhole' }
  /** As blackhole, but what was sent meanwhile arrives once the mode changes: late commands are executed. */
  | { readonly kind: 'stall' }
  /** Connections are reset, new ones refused. */
  | { readonly kind: 'refuse' }
  /** Each chunk of bytes comes this much later. */
  | { readonly kind: 'delay'; readonly toServerMs: number; readonly toClientMs: number };

/** Those that need no figures. */
type PlainMode = Exclude<ProxyMode['kind'], 'delay'>;

export interface FaultyProxy {
  readonly host: '127.0.0.1';
  /** The same in all modes. */
  readonly port: number;
  /** The server's URL with this proxy's address in it. */
  readonly url: string;
  readonly mode: ProxyMode;
  /** Connections that are open now. */
  readonly connections: number;
  /** Resolves once it is in force, for connections that are open too. */
  set(mode: ProxyMode | PlainMode): Promise<void>;
  /** Resets all connections. */
  stop(): Promise<void>;
}

interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: FaultyPipe;
  readonly toClient: FaultyPipe;
}

/** In front of the server of `serverUrl`, as in redis://127.0.0.1:6379 or postgres://user@127.0.0.1:5432/name. */
export async function startFaultyProxy(serverUrl: string): Promise<FaultyProxy> {
  const proxy = new ProxyServer(serverUrl, await freePort());
  await proxy.set('pass');
  return proxy;
}

class ProxyServer implements FaultyProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #passages = new Set<Passage>();
  #listener: Server | null = null;
  #mode: ProxyMode = { kind: 'pass' };

  constructor(serverUrl: string, port: number) {
    const url = new URL(serverUrl);
    this.#target = { host: url.hostname, port: Number(url.port) };
    url.port = `${port}`;
    this.url = url.href;
    this.port = port;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  get connections(): number {
    return this.#passages.size;
  }

  async set(mode: ProxyMode | PlainMode): Promise<void> {
    const wasBlackhole = this.#mode.kind === 'blackhole';
    this.#mode = typeof mode === 'string' ? { kind: mode } : mode;
    for (const passage of this.#passages) this.#refit(passage, wasBlackhole);
    if (this.#mode.kind === 'refuse') await this.#close();
    else await this.#listen();
  }

  async stop(): Promise<void> {
    await this.set('refuse');
  }

  async #listen(): Promise<void> {
    if (this.#listener !== null) return;
    const listener = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#listener = listener;
    await once(listener.listen(this.port, this.host), 'listening');
  }

  async #close(): Promise<void> {
    const listener = this.#listener;
    if (listener === null) return;
    this.#listener = null;
    const closed = once(listener, 'close');
    listener.close();
    await closed;
  }

  #accept(client: Socket): void {
    const server = createConnection({ ...this.#target, allowHalfOpen: true });
    const modes = pipeModes(this.#mode);
    const passage = {
      client,
      server,
      toServer: new FaultyPipe(client, server, modes.toServer),
      toClient: new FaultyPipe(server, client, modes.toClient),
    };
    this.#passages.add(passage);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // An error is followed by close, which is where it is dealt with.
      socket.on('error', () => {});
      socket.once('close', (hadError) => this.#closed(passage, hadError));
    }
  }

  #refit(passage: Passage, wasBlackhole: boolean): void {
    const { client, server, toServer, toClient } = passage;
    const isOfNoUse = toServer.hasLost || toClient.hasLost || client.destroyed || server.destroyed;
    if (this.#mode.kind === 'refuse' || (wasBlackhole && this.#mode.kind !== 'blackhole' && isOfNoUse)) {
      this.#end(passage);
      return;
    }
    const modes = pipeModes(this.#mode);
    toServer.set(modes.toServer);
    toClient.set(modes.toClient);
  }

  #closed(passage: Passage, hadError: boolean): void {
    // Nobody hears through a black hole that the other side is gone.
    if (this.#mode.kind === 'blackhole') return;
    // Without an error the other side may still have bytes to come.
    if (hadError || (passage.client.destroyed && passage.server.destroyed)) this.#end(passage);
  }

  #end(passage: Passage): void {
    if (!this.#passages.delete(passage)) return;
    reset(passage.client);
    reset(passage.server);
  }
}

function pipeModes(mode: ProxyMode): { readonly toServer: PipeMode; readonly toClient: PipeMode } {
  switch (mode.kind) {
    case 'pass':
    case 'refuse':
      return both({ kind: 'pass' });
    case 'blackhole':
      return both({ kind: 'swallow' });
    case 'stall':
      return both({ kind: 'hold' });
    case 'delay':
      return {
        toServer: { kind: 'delay', delayMs: mode.toServerMs },
        toClient: { kind: 'delay', delayMs: mode.toClientMs },
      };
  }
}

function both(mode: PipeMode): { readonly toServer: PipeMode; readonly toClient: PipeMode } {
  return { toServer: mode, toClient: mode };
}

/** Node 26 never closes a socket whose reset fails, as it does while an end is under way, and its process then turns for ever at its end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
