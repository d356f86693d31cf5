// Finding workers in Kubernetes, where the configuration asks for it.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type DiscoveredFleet, Discovery, openCluster } from '#workers';
import { noteDiscoveryEvent } from './note-discovery-event.ts';

/** null: the pools name their workers. Rejects when there are no credentials for the API server, or they cannot be read. */
export async function openDiscovery(
  { discovery: settings, pools }: RopewayConfig,
  fleet: DiscoveredFleet,
  logger: Logger,
): Promise<Discovery | null> {
  if (settings === null) return null;
  const cluster = await openCluster(settings);
  logger.info({ mode: settings.mode, namespace: cluster.namespace }, 'workers are found in Kubernetes');
  return new Discovery({
    cluster,
    settings,
    pools,
    fleet,
    log: (event) => noteDiscoveryEvent(event, logger),
  });
}
