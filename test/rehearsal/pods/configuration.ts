// The configuration file of the gateways and the scaler, as the chart would render it, with times that fit a day of minutes.
import { PLAYED_POOLS } from '../day/played-pools.ts';
import { PLAYED_TIMES } from '../day/played-times.ts';
import type { Stage } from './stage.ts';

const MAX_WAIT_MS = 90_000;
const DRAIN_MS = 60_000;

export function gatewayConfiguration(stage: Stage, address: string, folder: string): object {
  return {
    ...shared(stage),
    server: { host: address, port: stage.ports.http },
    ops: { host: address, port: stage.ports.ops },
    keys: [stage.key.declaration],
    peppers: [{ version: 1, env: 'ROPEWAY_PEPPER' }],
    ledger: { outbox: folder },
    waiting: { maxWaitMs: MAX_WAIT_MS },
    workers: { warmUpMs: PLAYED_TIMES.warmUpMs },
    relay: { drainTimeoutMs: DRAIN_MS },
  };
}

/** The scaler reads the gateways' file; here it has its own addresses besides. */
export function scalerConfiguration(stage: Stage, opsPort: number): object {
  return {
    ...shared(stage),
    ops: { host: '127.0.0.1', port: opsPort },
    scaler: { host: '127.0.0.1', port: stage.ports.scaler, gateways: { port: stage.ports.ops } },
  };
}

function shared(stage: Stage): object {
  return {
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: PLAYED_POOLS.map(({ name, rope, windowTokens }) => ({
      name,
      model: 'qwq-32b',
      rope,
      windowTokens,
    })),
    discovery: { mode: 'pods', kubeconfig: stage.kubeconfig, port: stage.ports.worker },
  };
}
