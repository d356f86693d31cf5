// The workers this gateway sends requests to, and who waits for them: the fleet, its parking lot, and discovery where asked for.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import type { Telemetry } from '#telemetry';
import { type Discovery, StaticFleet, systemClock } from '#workers';
import { probesOf } from '../models/probes-of.ts';
import type { ServedModel } from '../models/served-model.ts';
import { ParkingLot } from '../parking/parking-lot.ts';
import { fleetOptions } from './fleet-options.ts';
import { noteColdStart, noteFleetEvent } from './note-fleet-event.ts';
import { openDiscovery } from './open-discovery.ts';

export class OpenFleet {
  readonly fleet: StaticFleet;
  readonly parking: ParkingLot;
  /** null: the pools name their workers. */
  readonly discovery: Discovery | null;
  #hasLooked = false;

  constructor(fleet: StaticFleet, parking: ParkingLot, discovery: Discovery | null) {
    this.fleet = fleet;
    this.parking = parking;
    this.discovery = discovery;
  }

  /** True once the workers are found and every one has been looked at. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Resolves once that is so, or the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    // Before its first list a gateway knows no worker: it must not take the place of one that does.
    await this.discovery?.synced(signal);
    await this.fleet.firstLook(signal);
    // firstLook also ends when the signal aborts: whoever waits gave up, which readies nobody.
    this.#hasLooked ||= !signal.aborted;
  }

  /** Takes over the pools of a new configuration. */
  declare(pools: RopewayConfig['pools']): void {
    (this.discovery ?? this.fleet).declare(pools);
  }
}

export async function openFleet(
  config: RopewayConfig,
  models: readonly ServedModel[],
  telling: { readonly telemetry: Telemetry; readonly logger: Logger },
  opened: AsyncDisposableStack,
): Promise<OpenFleet> {
  const { telemetry, logger } = telling;
  const probes = config.workers.compareCounts ? (await Promise.all(models.map(probesOf))).flat() : [];
  const { waiting, relay } = config;
  // Who waited for as long as an answer may take in all has no time left for one.
  const maxWaitMs = Math.min(waiting.maxWaitMs, relay.totalTimeoutMs);
  const parking = new ParkingLot(
    { ...waiting, maxWaitMs },
    {
      clock: systemClock,
      random: Math.random,
      snapshot: () => fleet.snapshot(),
      onColdStart: (pool, tookMs) => noteColdStart(pool, tookMs, telemetry, logger),
      onRefused: (pool, bound) => telemetry.parkingRefused(pool, bound),
    },
  );
  opened.defer(() => parking.close());
  const fleet = new StaticFleet({
    pools: config.pools,
    options: fleetOptions(config),
    tokenizerProbes: probes,
    log: (event) => {
      noteFleetEvent(event, telemetry, logger);
      parking.noticed(event);
    },
  });
  opened.defer(() => fleet.close());
  telemetry.setFleet(() => fleet.snapshot());
  telemetry.setParking(() => parking.reading());
  const discovery = await openDiscovery(config, fleet, logger);
  opened.defer(() => discovery?.close());
  telemetry.setDiscovery(() => discovery?.reading ?? null);
  return new OpenFleet(fleet, parking, discovery);
}
