// Which workers there are, as the gateway's own page says it: so nobody lists them a second time for Prometheus.
import type { ScrapeTarget } from './prometheus-config.ts';

/** One line a worker and state: `ropeway_worker_state{pool="default",worker="http://10.0.0.11:8000",state="ready"} 1`. */
const LINE = /^ropeway_worker_state\{([^}]*)\}/;

/** The workers named on a gateway's metrics page, each once. Workers behind https are left out: they ask for more than a port. */
export function workerTargets(page: string): readonly ScrapeTarget[] {
  const byAddress = new Map<string, ScrapeTarget>();
  for (const line of page.split('\n')) {
    const [, labels = ''] = LINE.exec(line) ?? [];
    const pool = labelOf(labels, 'pool');
    const url = labelOf(labels, 'worker');
    if (pool === null || url === null || !url.startsWith('http://')) continue;
    const address = new URL(url).host;
    byAddress.set(address, { address, labels: { job: 'vllm', pool } });
  }
  return [...byAddress.values()].toSorted((one, other) => one.address.localeCompare(other.address));
}

/** Values of these two labels hold no quotes: a pool's name, a URL. */
function labelOf(labels: string, name: string): string | null {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? null;
}
