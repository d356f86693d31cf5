// What /readyz says of finding workers: is the table there, how old is it, who is on the way, who is left out and why.
import type { DiscoveryReading, PoolView } from '#workers';

export function discoveryDetail(
  { mode, isSynced, watches, trouble, ignored }: DiscoveryReading,
  pools: readonly PoolView[],
) {
  return {
    mode,
    status: isSynced ? 'synced' : 'waiting for the first list of the API server',
    watches: watches.map(({ resource, ageMs }) => ({
      resource,
      age_seconds: ageMs === null ? null : Math.round(ageMs / 1_000),
    })),
    ...(trouble === null ? {} : { trouble }),
    coming: pools
      .filter(({ coming }) => coming.pods > 0)
      .map(({ name, coming: { pods, obstacle } }) => ({
        pool: name,
        pods,
        ...(obstacle === null ? {} : { obstacle: `${obstacle.kind}: ${obstacle.detail}` }),
      })),
    ignored,
  };
}
