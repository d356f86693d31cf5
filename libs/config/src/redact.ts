// The configuration as it may be logged: same shape, secrets and digests replaced.
import type { RopewayConfig } from './ropeway-config.ts';

const HIDDEN = '[hidden]';

/** Plain values, ready for JSON. */
export function redact(config: RopewayConfig): Readonly<Record<keyof RopewayConfig, unknown>> {
  return {
    ...config,
    pools: config.pools.map((pool) => ({
      ...pool,
      apiKey: pool.apiKey === null ? null : HIDDEN,
      ca: pool.ca === null ? null : `PEM, ${pool.ca.length} characters`,
    })),
    keys: config.keys.map((key) => ({ ...key, digest: HIDDEN })),
    peppers: Object.fromEntries([...config.peppers.keys()].map((version) => [version, HIDDEN])),
  };
}
