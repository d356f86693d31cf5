// What traces cost a plain request: none, one request in a hundred and every one traced, as `plain` measures it, in turn. The
// first stands there twice: two equal gateways say how much of a difference is chance. Run: npm run bench -- --only traces
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoadTools } from './load/load-tools.ts';
import type { ProxyKind } from './load/proxy.ts';
import { ropewayProxy } from './load/ropeway-proxy.ts';
import { type PlainFigures, type PlainTerms, run as runPlain } from './plain.bench.ts';

export const OFF = 'ropeway';
export const OFF_AGAIN = 'ropeway, once more';
export const FEW = 'ropeway, 1 % traced';
export const ALL = 'ropeway, all traced';

export interface TracesResult {
  readonly plain: Readonly<Record<string, PlainFigures>>;
  /** What the collector was sent, both gateways together. */
  readonly exported_bytes: number;
}

export async function run(tools: LoadTools, terms: Omit<PlainTerms, 'proxies'>): Promise<TracesResult> {
  const collector = new Collector();
  const url = await collector.listen();
  const traced = (name: string, ratio: number): ProxyKind =>
    ropewayProxy({ name, settings: { tracing: { url, ratio } } });
  const proxies = [
    ropewayProxy({ name: OFF }),
    ropewayProxy({ name: OFF_AGAIN }),
    traced(FEW, 0.01),
    traced(ALL, 1),
  ];
  try {
    const plain = await runPlain(tools, { ...terms, proxies });
    return { plain, exported_bytes: collector.bytes };
  } finally {
    await collector.close();
  }
}

/** Takes what comes and keeps nothing, in this process, which only waits meanwhile. */
class Collector {
  bytes = 0;
  readonly #server: Server = createServer((req, res) => {
    req.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    req.on('end', () => res.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });

  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const { port } = this.#server.address() as AddressInfo;
        resolve(`http://127.0.0.1:${port}/v1/traces`);
      });
    });
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }
}
