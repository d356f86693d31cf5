// The admin API beside the gateway, on the same state.
import type { Logger } from 'pino';
import { type RopewayConfig, version } from '#config';
import { type Control, ensureAdminKey, startControl } from '#control';
import type { Gateway, State } from '#gateway';
import type { Registry } from '#tenancy';

interface Beside {
  readonly state: State;
  readonly gateway: Gateway;
  readonly registry: Registry;
  readonly logger: Logger;
}

export async function startControlOf(config: RopewayConfig, beside: Beside): Promise<Control> {
  const { state, gateway, registry, logger } = beside;
  const { host, port, adminKeyFile } = config.control;
  const { trustedProxies, failedPerMinute } = config.auth;
  const { keys } = await ensureAdminKey(adminKeyFile);
  return startControl(
    { host, port, adminKeys: keys, trustedProxies, failedPerMinute },
    {
      database: present(state.database),
      registry,
      usage: present(state.usage),
      limiter: state.limiter,
      pools: () => gateway.burstBounds(),
      gateways: [gateway.opsUrl],
      version,
      redisMode: () => 'none',
      ledgerStats: () => state.ledger?.stats() ?? null,
      logger,
    },
  );
}

/** The standalone start always has a database. */
export function present<T>(value: T | null): T {
  if (value === null) throw new Error('the embedded database is not open');
  return value;
}

/** New keys are made with it. */
export function newestPepper({ peppers }: RopewayConfig): {
  readonly version: number;
  readonly secret: string;
} {
  const newest = Math.max(...peppers.keys());
  return { version: newest, secret: peppers.get(newest) ?? '' };
}
