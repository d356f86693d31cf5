// Where the gateways are, as the configuration says it: at fixed addresses, or as pods.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type Cluster, type ClusterSettings, openCluster, type ReflectorEvent, watchPods } from '#workers';
import { FixedGateways } from './fixed-gateways.ts';
import type { GatewayList } from './gateway-list.ts';
import { PodGateways } from './pod-gateways.ts';

type GatewaySettings = RopewayConfig['scaler']['gateways'];

/** Throws a sentence for the operator when there is no way to find them. */
export async function findGateways(
  { selector, port, urls }: GatewaySettings,
  settings: ClusterSettings,
  logger: Logger,
): Promise<GatewayList> {
  if (urls.length > 0) return new FixedGateways(urls);
  const cluster = await clusterOf(settings);
  return new PodGateways((changed) => {
    const watch = watchPods({ cluster, selector, changed, log: (event) => logEvent(event, logger) });
    return { close: () => watch.close() };
  }, port);
}

async function clusterOf(settings: ClusterSettings): Promise<Cluster> {
  try {
    return await openCluster(settings);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no way to find the gateways: ${why}; or name them in scaler.gateways.urls`, {
      cause: error,
    });
  }
}

function logEvent(event: ReflectorEvent, logger: Logger): void {
  const [level, words] = LINES[event.kind];
  logger[level](event.kind === 'handler-failed' ? { err: event.error } : event, words);
}

/** The gateways last known stay through every failure, so none of them is worth more than a warning. */
const LINES = {
  listed: ['debug', 'the gateways were listed'],
  failed: ['warn', 'the API server does not say which gateways there are: those last known stay'],
  recovered: ['info', 'the API server says again which gateways there are'],
  'object-unreadable': ['warn', 'a pod could not be read'],
  'handler-failed': ['error', 'a change of gateways was not taken over'],
} as const satisfies Record<ReflectorEvent['kind'], readonly ['debug' | 'info' | 'warn' | 'error', string]>;
