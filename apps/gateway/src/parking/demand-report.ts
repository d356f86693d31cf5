// GET /demand on the ops port: what this gateway wants of each pool. Every scaler asks every gateway for it twice a second,
// and adds the answers up. A later version only adds members.
import { isUsable } from '#routing';
import type { PoolView } from '#workers';
import type { ParkingLot } from './parking-lot.ts';

interface DemandReport {
  readonly version: 1;
  readonly gateway: string;
  readonly pools: Readonly<Record<string, PoolDemandReport>>;
}

interface PoolDemandReport {
  /** Requests that wait for room and need this pool, and their prompt tokens. */
  readonly parked: number;
  readonly parked_tokens: number;
  /** Prompt tokens being computed, wherever, of requests that need this pool. */
  readonly prefill_tokens: number;
  /** Requests on a worker that need this pool. */
  readonly running: number;
  /** It had no worker when it was asked for, and whoever asked may have left. */
  readonly activation: boolean;
  /** Workers this gateway may use. */
  readonly ready: number;
  /** Pods on their way. */
  readonly coming: number;
  /** As each worker says of itself, 0..1. */
  readonly kv_usage: Readonly<Record<string, number>>;
}

export function demandReport(gateway: string, parking: ParkingLot): DemandReport {
  const pools = parking.demands().map(({ view, demand, isActivated }) => {
    const report: PoolDemandReport = {
      parked: demand.parked,
      parked_tokens: demand.parkedTokens,
      prefill_tokens: demand.prefillTokens,
      running: demand.running,
      activation: isActivated,
      ready: view.workers.filter(isUsable).length,
      coming: view.coming.pods,
      kv_usage: kvUsage(view),
    };
    return [view.name, report] as const;
  });
  return { version: 1, gateway, pools: Object.fromEntries(pools) };
}

/** Of ready workers only: replicas do not count one that drains, and a new worker could take nothing of what runs there. */
function kvUsage({ workers }: PoolView): Readonly<Record<string, number>> {
  return Object.fromEntries(
    workers.flatMap(({ id, state, load: { scrapedKvUsage } }) =>
      state === 'ready' && scrapedKvUsage !== null ? [[id, scrapedKvUsage]] : [],
    ),
  );
}
