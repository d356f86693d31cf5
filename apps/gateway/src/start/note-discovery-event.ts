// What discovery tells becomes log lines. A failure is told once as a warning; what follows it is for whoever looks closer.
import type { Logger } from 'pino';
import type { DiscoveryEvent } from '#workers';

export function noteDiscoveryEvent(event: DiscoveryEvent, logger: Logger): void {
  switch (event.kind) {
    case 'listed':
      if (event.cause === 'start') logger.info(event, 'list read');
      else logger.debug(event, 'list read anew');
      return;
    case 'watching':
      logger.trace(event, 'watch opened');
      return;
    case 'failed':
      if (event.cause === 'expired') logger.debug(event, 'the watch expired');
      else if (event.failures === 1) logger.warn(event, 'the API server failed: what was last known holds');
      else logger.debug(event, 'the API server failed again');
      return;
    case 'recovered':
      logger.info(event, 'the API server answers again');
      return;
    case 'object-unreadable':
      logger.warn(event, 'an object of the API server could not be read');
      return;
    case 'pod-ignored':
      logger.warn(event, 'a pod is left out');
      return;
    case 'handler-failed': {
      const { error, ...fields } = event;
      logger.error({ err: error, ...fields }, 'a change of the table was not taken');
    }
  }
}
