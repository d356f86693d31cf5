// Metrics and health over HTTP, on a port of their own: the kubelet and Prometheus ask here, with gRPC busy or without TLS.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exposition, GatewayState } from '#telemetry';

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'draining';
  /** Why KEDA is answered UNAVAILABLE now; null: it is not. A replica that is ready stays so: it can still say why. */
  readonly unavailable: string | null;
  readonly gateways: readonly GatewayState[];
  /** Why the API server does not say which gateways there are, in its words; null: it does, or is not asked. */
  readonly trouble: string | null;
}

export interface OpsPorts {
  readonly exposition: () => Promise<Exposition>;
  readonly readiness: () => Readiness;
}

export class OpsServer {
  readonly #server: Server;

  constructor({ exposition, readiness }: OpsPorts) {
    this.#server = createServer((req, res) => {
      const path = req.url?.split('?', 1)[0];
      if (path === '/livez') return send(res, 200, { status: 'ok' });
      if (path === '/readyz') return send(res, readiness().status === 'ready' ? 200 : 503, readiness());
      if (path !== '/metrics') return send(res, 404, { error: 'use /metrics, /livez or /readyz' });
      exposition().then(
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

function send(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}
