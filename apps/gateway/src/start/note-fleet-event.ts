// What the fleet tells becomes log lines, and a metric where someone has to act.
import type { Logger } from 'pino';
import type { Telemetry } from '#telemetry';
import type { FleetEvent } from '#workers';

/** A pool that had no worker has one. */
export function noteColdStart(pool: string, tookMs: number, telemetry: Telemetry, logger: Logger): void {
  telemetry.coldStart(pool, tookMs);
  logger.info({ pool, cold_start_ms: Math.round(tookMs) }, 'pool woke up');
}

export function noteFleetEvent(event: FleetEvent, telemetry: Telemetry, logger: Logger): void {
  switch (event.kind) {
    case 'scraped':
      return;
    case 'tokenizer-check':
      if (event.result === 'different')
        telemetry.tokenizerMismatch({ pool: event.pool, worker: event.worker, detail: event.detail });
      else if (event.result !== 'same') logger.warn(event, 'tokens of this worker could not be compared');
      return;
    case 'worker-state':
      if (event.to === 'ready') logger.info(event, 'worker is ready');
      else logger.warn(event, `worker is ${event.to}`);
      return;
    case 'worker-gone':
      logger.info(event, 'worker left the fleet');
      return;
    case 'refusing':
      logger.debug(event, 'worker refuses: its queue is full');
      return;
    case 'breaker':
    case 'stalled':
    case 'leases-lost':
    case 'scrape-failed':
      logger.warn(event, event.kind);
  }
}
