// Where the gateways are, as the configuration says it.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { FixedGateways } from './fixed-gateways.ts';
import type { GatewayList } from './gateway-list.ts';

/** Throws a sentence for the operator when there is no way to find them. */
export async function findGateways(
  { scaler }: Pick<RopewayConfig, 'scaler'>,
  _logger: Logger,
): Promise<GatewayList> {
  const { urls } = scaler.gateways;
  if (urls.length > 0) return new FixedGateways(urls);
  throw new Error('no gateways to ask: set scaler.gateways.urls');
}
