// Metrics and health, on a port of their own: they ask for no key, and answer while everything else is busy or draining.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exposition } from './exposition.ts';

/** At least `status`; what else people want to know beside it. `ready` answers 200, anything else 503. */
export interface Readiness {
  readonly status:
    | 'starting'
    | 'ready'
    | 'keys_unread'
    | 'database_unusable'
    | 'outbox_disk_full'
    | 'draining';
  /** One line for the operator. */
  readonly reason?: string;
}

export interface OpsPages {
  /** `accept`: what the scraper asks for. */
  readonly exposition: (accept?: string) => Promise<Exposition>;
  readonly readiness: () => Readiness;
  /** More pages, by path; their bodies leave as JSON. */
  readonly more?: Readonly<Record<string, (query: URLSearchParams) => object>>;
  /** Pages of single things, by the path before their id; null: there is none. */
  readonly byId?: Readonly<Record<string, (id: string) => object | null>>;
}

export class OpsServer {
  readonly #server: Server;

  constructor({ exposition, readiness, more = {}, byId = {} }: OpsPages) {
    const pages = new Map<string, (query: URLSearchParams) => object>(
      Object.entries({ '/livez': () => ({ status: 'ok' }), ...more }),
    );
    this.#server = createServer((req, res) => {
      const [path = '', query] = req.url?.split('?', 2) ?? [];
      const page = pages.get(path);
      if (page) return send(res, 200, page(new URLSearchParams(query)));
      const [before, find] = Object.entries(byId).find(([prefix]) => path.startsWith(prefix)) ?? [];
      if (before !== undefined && find !== undefined) return sendFound(res, path.slice(before.length), find);
      if (path === '/readyz') {
        const body = readiness();
        return send(res, body.status === 'ready' ? 200 : 503, body);
      }
      if (path !== '/metrics')
        return send(res, 404, { error: `use ${['/metrics', '/readyz', ...pages.keys()].join(', ')}` });
      exposition(req.headers.accept).then(
        ({ contentType, body }) => res.writeHead(200, { 'content-type': contentType }).end(body),
        (error: unknown) => send(res, 500, { error: String(error) }),
      );
    });
  }

  /** Resolves with the port it listens on. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server
        .once('error', reject)
        .listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function sendFound(res: ServerResponse, encoded: string, find: (id: string) => object | null): void {
  const found = find(decoded(encoded));
  send(res, found === null ? 404 : 200, found ?? { error: 'not known here, or no longer' });
}

/** What is no percent-encoding is taken as it stands, and not found. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function send(res: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  res.end(bytes);
}
