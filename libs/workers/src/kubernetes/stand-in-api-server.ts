// An API server for specs: one store of objects over real HTTP, with lists, pages, watches, tokens, and every way to fail
// on demand. It does nothing by a timer: what happens, happens when the spec says so.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Access, Credentials } from './credentials.ts';

export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

interface OpenWatch {
  readonly url: URL;
  readonly res: ServerResponse;
}

type Answer = (req: IncomingMessage, res: ServerResponse, url: URL) => void;

export class StandInApiServer implements Credentials {
  readonly namespace = 'ropeway';
  port = 0;
  /** Tokens taken; empty: no token is asked for. */
  readonly tokens = new Set<string>();
  /** What the credentials say; `forget` makes them read `rotated`, if there is one. */
  token = '';
  rotated: string | null = null;
  isGzip = false;
  /** Path and query of every list and watch asked for. */
  readonly lists: URL[] = [];
  readonly watches: URL[] = [];
  readonly #server: Server;
  readonly #objects = new Map<string, StoredObject>();
  readonly #open = new Set<OpenWatch>();
  /** Answers in place of the usual ones, first come first served. */
  readonly #nextLists: Answer[] = [];
  readonly #nextWatches: Answer[] = [];
  readonly #waiting = new Set<() => void>();
  /** Every change, for watches that start from an older version. */
  readonly #history: {
    readonly version: number;
    readonly line: string;
    readonly path: string;
    readonly object: StoredObject;
  }[] = [];
  #version = 100;
  #compacted = 0;

  static async start(port = 0): Promise<StandInApiServer> {
    const server = createServer();
    const api = new StandInApiServer(server);
    server.on('request', (req, res) => api.#answer(req, res));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    api.port = (server.address() as AddressInfo).port;
    return api;
  }

  constructor(server: Server) {
    this.#server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get version(): string {
    return String(this.#version);
  }

  async access(): Promise<Access> {
    const headers: Record<string, string> = {};
    if (this.token !== '') headers.authorization = `Bearer ${this.token}`;
    return { server: this.url, headers, tls: {}, agent: null };
  }

  forget(): void {
    this.token = this.rotated ?? this.token;
  }

  /** Adds or changes an object of the resource at this path, and tells the watches. */
  set(object: StoredObject, path = PODS): void {
    const key = `${path} ${object.metadata.uid}`;
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = this.#stamped(object);
    this.#objects.set(key, stored);
    this.#tell(type, stored, path);
  }

  remove(uid: string, path = PODS): void {
    const key = `${path} ${uid}`;
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#tell('DELETED', this.#stamped(object), path);
  }

  /** Changes nothing but the version, as writes to other resources do. */
  advance(): void {
    this.#version += 1;
  }

  /** Versions up to now are forgotten: whoever watches from one of them gets 410. */
  compact(): void {
    this.#version += 1;
    this.#compacted = this.#version;
    this.#history.length = 0;
  }

  bookmark(): void {
    this.send(
      line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: this.version }, spec: {}, status: {} }),
    );
  }

  /** Bytes to every open watch, as they are. */
  send(text: string | Buffer): void {
    for (const { res } of this.#open) res.write(text);
  }

  /** Ends every open watch as the server does at its time-out. */
  endWatches(): void {
    for (const { res } of this.#open) res.end();
  }

  /** Cuts the connections of every open watch. */
  resetWatches(): void {
    for (const { res } of this.#open) res.destroy();
  }

  nextList(answer: Answer): void {
    this.#nextLists.push(answer);
  }

  nextWatch(answer: Answer): void {
    this.#nextWatches.push(answer);
  }

  get openWatches(): number {
    return this.#open.size;
  }

  /** Resolves once the condition holds; looked at after each request and each end of a watch. */
  async when(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** As kill -9: nothing answers on the port any more. */
  async end(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const url = new URL(req.url ?? '/', this.url);
    const isWatch = url.searchParams.get('watch') === 'true';
    (isWatch ? this.watches : this.lists).push(url);
    const scripted = (isWatch ? this.#nextWatches : this.#nextLists).shift();
    if (this.tokens.size > 0 && !this.tokens.has(req.headers.authorization?.slice('Bearer '.length) ?? ''))
      refuse(res, 401, 'Unauthorized');
    else if (scripted !== undefined) scripted(req, res, url);
    else if (isWatch) this.watch(res, url);
    else this.list(res, url);
    this.#wake();
  }

  /** The usual answer to a list: for scripts that only want to look or to wait first. */
  list(res: ServerResponse, url: URL): void {
    const limit = Number(url.searchParams.get('limit') ?? '0');
    const from = Number(url.searchParams.get('continue') ?? '0');
    const all = [...this.#objects]
      .filter(([key, object]) => key.startsWith(`${url.pathname} `) && isSelected(object, url))
      .map(([, object]) => object);
    const page = limit === 0 ? all : all.slice(from, from + limit);
    const isMore = from + page.length < all.length;
    const body = JSON.stringify({
      metadata: {
        resourceVersion: this.version,
        ...(isMore ? { continue: String(from + page.length) } : {}),
      },
      items: page,
    });
    if (!this.isGzip) return void res.writeHead(200, { 'content-type': 'application/json' }).end(body);
    res
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(body));
  }

  watch(res: ServerResponse, url: URL): void {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.flushHeaders();
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < this.#compacted) {
      // As a real one does: HTTP 200, then the error inside the stream.
      res.end(line('ERROR', EXPIRED));
      return;
    }
    const open = { url, res };
    this.#open.add(open);
    res.on('close', () => {
      this.#open.delete(open);
      this.#wake();
    });
    for (const { version, line: text, path, object } of this.#history)
      if (version > from && path === url.pathname && isSelected(object, url)) res.write(text);
  }

  #stamped(object: StoredObject): StoredObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: this.version } };
  }

  #tell(type: string, object: StoredObject, path: string): void {
    const text = line(type, object);
    this.#history.push({ version: this.#version, line: text, path, object });
    for (const { url, res } of this.#open)
      if (url.pathname === path && isSelected(object, url)) res.write(text);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

export const PODS = '/api/v1/namespaces/ropeway/pods';
export const SLICES = '/apis/discovery.k8s.io/v1/namespaces/ropeway/endpointslices';
export const INFERENCE_POOLS = '/apis/inference.networking.k8s.io/v1/namespaces/ropeway/inferencepools';
export const EXPIRED = {
  kind: 'Status',
  status: 'Failure',
  reason: 'Expired',
  code: 410,
  message: 'too old resource version',
};

/** One line of a watch. */
export function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** An answer that is no success, as the API server words it. */
export function refuse(
  res: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  res
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ kind: 'Status', status: 'Failure', code: status, message }));
}

/** `a=b` and `a in (b,c)`, as far as the specs ask. */
function isSelected({ metadata: { labels = {} } }: StoredObject, url: URL): boolean {
  const selector = url.searchParams.get('labelSelector') ?? '';
  const [, key = '', values = ''] = /^(\S+) in \((.*)\)$/.exec(selector) ?? [];
  if (key !== '') return values.split(',').includes(labels[key] ?? '');
  return selector
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [label = '', value] = term.split('=');
      return labels[label] === value;
    });
}
