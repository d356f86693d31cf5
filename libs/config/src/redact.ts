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
    database: config.database?.kind === 'postgres' ? { ...config.database, url: HIDDEN } : config.database,
    redis:
      config.redis === null
        ? null
        : {
            ...config.redis,
            urls: config.redis.urls.map((url) => new URL(url).host),
            password: config.redis.password === null ? null : HIDDEN,
          },
    tracing:
      config.tracing === null
        ? null
        : {
            ...config.tracing,
            url: new URL(config.tracing.url).host,
            headers: Object.fromEntries(Object.keys(config.tracing.headers).map((name) => [name, HIDDEN])),
          },
    tokenWeights: Object.fromEntries(config.tokenWeights),
    peppers: Object.fromEntries([...config.peppers.keys()].map((version) => [version, HIDDEN])),
  };
}
