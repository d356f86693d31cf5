// The configuration file of the gateways and the scaler, as the chart would render it, with times that fit a day of minutes.
import { PLAYED_POOLS } from '../day/played-pools.ts';
import { PLAYED_TIMES } from '../day/played-times.ts';
import type { Site } from './site.ts';

const MAX_WAIT_MS = 90_000;
const DRAIN_MS = 60_000;

export function gatewayConfiguration(site: Site, address: string, folder: string): object {
  return {
    ...shared(site),
    server: { host: address, port: site.ports.http },
    ops: { host: address, port: site.ports.ops },
    keys: [site.key.declaration],
    peppers: [{ version: 1, env: 'ROPEWAY_PEPPER' }],
    ledger: { outbox: folder },
    waiting: { maxWaitMs: MAX_WAIT_MS },
    workers: { warmUpMs: PLAYED_TIMES.warmUpMs },
    relay: { drainTimeoutMs: DRAIN_MS },
  };
}

/** The scaler reads the gateways' file; here it has its own addresses besides. */
export function scalerConfiguration(site: Site, opsPort: number): object {
  return {
    ...shared(site),
    ops: { host: '127.0.0.1', port: opsPort },
    scaler: { host: '127.0.0.1', port: site.ports.scaler, gateways: { port: site.ports.ops } },
  };
}

function shared(site: Site): object {
  return {
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: PLAYED_POOLS.map(({ name, rope, windowTokens }) => ({
      name,
      model: 'qwq-32b',
      rope,
      windowTokens,
    })),
    discovery: { mode: 'pods', kubeconfig: site.kubeconfig, port: site.ports.worker },
  };
}
