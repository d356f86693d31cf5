// Metrics, health and the demand for scalers, on a port of their own: they ask for no key and answer while the API is busy
// or draining.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Lifecycle, Telemetry } from '#telemetry';
import type { DiscoveryReading, Fleet } from '#workers';
import { sendJson } from '../http/send-json.ts';
import { demandReport } from '../parking/demand-report.ts';
import type { ParkingLot } from '../parking/parking-lot.ts';
import { discoveryDetail } from './discovery-detail.ts';

export interface OpsPorts {
  readonly telemetry: Telemetry;
  readonly fleet: Fleet;
  readonly parking: ParkingLot;
  readonly lifecycle: Lifecycle;
  /** null: the pools name their workers. */
  readonly discovery: () => DiscoveryReading | null;
  /** True once the workers are found and every one has been looked at. */
  readonly hasLooked: () => boolean;
  /** Tells this gateway from the others; see gateway-id.ts. */
  readonly gatewayId: string;
}

export class OpsServer {
  readonly #server: Server;
  readonly #ports: OpsPorts;

  constructor(ports: OpsPorts) {
    this.#ports = ports;
    this.#server = createServer((req, res) => {
      const path = req.url?.split('?', 1)[0];
      if (path === '/livez') return sendJson(res, 200, { status: 'ok' });
      if (path === '/readyz') return sendJson(res, this.#isReady() ? 200 : 503, this.#readiness());
      if (path === '/demand') return sendJson(res, 200, demandReport(ports.gatewayId, ports.parking));
      if (path !== '/metrics')
        return sendJson(res, 404, { error: 'use /metrics, /livez, /readyz or /demand' });
      ports.telemetry.exposition().then(
        ({ contentType, body }) => res.writeHead(200, { 'content-type': contentType }).end(body),
        (error: unknown) => sendJson(res, 500, { error: String(error) }),
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

  /** A fleet that is away does not make the gateway unready: it can still say why, with a fault of its own. */
  #isReady(): boolean {
    return !this.#ports.lifecycle.isLeaving && this.#ports.hasLooked();
  }

  #readiness() {
    const { pools } = this.#ports.fleet.snapshot();
    const workers = pools.flatMap((pool) => pool.workers);
    const discovery = this.#ports.discovery();
    return {
      status: this.#isReady() ? 'ready' : this.#ports.lifecycle.isLeaving ? 'draining' : 'starting',
      workers: {
        total: workers.length,
        ready: workers.filter((worker) => worker.state === 'ready').length,
        not_ready: workers
          .filter((worker) => worker.state !== 'ready')
          .map(({ id, name, pool, state, reason }) => ({
            worker: id,
            ...(name == null ? {} : { pod: name }),
            pool,
            state,
            reason,
          })),
      },
      ...(discovery === null ? {} : { discovery: discoveryDetail(discovery, pools) }),
    };
  }
}
