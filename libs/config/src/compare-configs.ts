// What of a new configuration can take effect at once, and what has to wait for a restart.
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from './config-problem.ts';
import type { RopewayConfig } from './ropeway-config.ts';

export interface ConfigChange {
  /** The old configuration with everything reloadable taken from the new. */
  readonly config: RopewayConfig;
  /** Settings that changed and take effect now: `keys`, `peppers`, `pools`, `prices`, `log.level`, `log.follow`. */
  readonly applied: readonly string[];
  /** Settings that changed and do not. */
  readonly needsRestart: readonly string[];
}

/** A pool that still differs does so by the served name of its model, and the model is named. */
const RELOADABLE = new Set(['keys', 'peppers', 'pools', 'prices', 'tokenWeights', 'log.level', 'log.follow']);

/** Throws ConfigError when a pool serves a model the running process does not know. */
export function compareConfigs(source: string, current: RopewayConfig, next: RopewayConfig): ConfigChange {
  const pools = poolsOfKnownModels(source, current, next);
  const { keys, peppers, prices, tokenWeights, log } = next;
  const config: RopewayConfig = { ...current, keys, peppers, pools, prices, tokenWeights, log };
  return {
    config: Object.freeze(config),
    applied: changedPaths(current, config).sort(),
    needsRestart: changedPaths(config, next)
      .filter((path) => !RELOADABLE.has(path))
      .sort(),
  };
}

/** Models stay as they are until a restart, so the names workers must serve them under stay too. */
function poolsOfKnownModels(
  source: string,
  current: RopewayConfig,
  next: RopewayConfig,
): RopewayConfig['pools'] {
  const servedNames = new Map(current.models.map(({ id, servedName }) => [id, servedName]));
  const unknown = next.pools.flatMap((pool, at) =>
    servedNames.has(pool.model)
      ? []
      : {
          path: `pools[${at}].model`,
          wrong: `\`${pool.model}\` is new since the start`,
          fix: 'restart to serve another model',
        },
  );
  if (unknown.length > 0) throw new ConfigError(source, unknown);
  return Object.freeze(
    next.pools.map((pool) =>
      Object.freeze({ ...pool, servedName: servedNames.get(pool.model) ?? pool.servedName }),
    ),
  );
}

/** Sections by setting (`relay.retries`), lists as a whole (`models`). */
function changedPaths(current: RopewayConfig, next: RopewayConfig): string[] {
  const before: Readonly<Record<string, unknown>> = { ...current };
  return Object.entries(next).flatMap(([section, value]) => {
    if (isDeepStrictEqual(before[section], value)) return [];
    const old = before[section];
    if (!isSection(old) || !isSection(value)) return [section];
    return Object.keys(value)
      .filter((name) => !isDeepStrictEqual(old[name], value[name]))
      .map((name) => `${section}.${name}`);
  });
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}
