// What the watch of gateways tells becomes log lines. A failure is told once as a warning: those last known stay through it.
import type { Logger } from 'pino';
import type { ReflectorEvent } from '#workers';

export function notePodEvent(event: ReflectorEvent, logger: Logger): void {
  switch (event.kind) {
    case 'listed':
      logger.debug(event, 'the gateways were listed');
      break;
    case 'failed':
      // A watch that expired is listed anew: that is how it goes on for days.
      if (event.cause === 'expired' || event.failures > 1) logger.debug(event, 'the API server failed again');
      else logger.warn(event, 'the API server does not say which gateways there are: those last known stay');
      break;
    case 'recovered':
      logger.info(event, 'the API server says again which gateways there are');
      break;
    case 'object-unreadable':
      logger.warn(event, 'a pod could not be read');
      break;
    case 'handler-failed': {
      const { error, ...fields } = event;
      logger.error({ err: error, ...fields }, 'a change of gateways was not taken over');
    }
  }
}
