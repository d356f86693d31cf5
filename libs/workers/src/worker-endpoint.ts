// Where a worker is and how to speak to it, out of its declaration.
import type { PoolDeclaration, WorkerDeclaration, WorkerEndpoint } from './fleet.ts';

/** Throws a TypeError naming the URL when it is not an http(s) origin. */
export function workerEndpoint(worker: WorkerDeclaration, pool: PoolDeclaration): WorkerEndpoint {
  const url = URL.parse(worker.url);
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== ''
  ) {
    throw new TypeError(
      `worker URL "${worker.url}" of pool ${pool.name} is not an origin such as http://10.0.0.7:8000`,
    );
  }
  const isTls = url.protocol === 'https:';
  return {
    id: url.origin,
    // URL keeps the brackets of an IPv6 address; sockets take it without.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    tls: isTls ? { ca: pool.ca } : null,
    apiKey: pool.apiKey,
    servedName: pool.servedName,
  };
}
