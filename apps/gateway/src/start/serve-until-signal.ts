// SIGTERM and SIGINT: readiness off, new requests refused, running answers finish up to the drain limit, then exit 0.
// A second signal ends at once.
import type { Logger } from 'pino';
import type { Gateway } from './gateway.ts';

/** Resolves with the exit code. */
export function serveUntilSignal(gateway: Gateway, logger: Logger, beforeDrain: () => void): Promise<number> {
  return new Promise((resolve) => {
    let draining = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (draining) {
        logger.warn({ signal }, 'second signal: closing at once');
        void gateway.close().then(
          () => resolve(1),
          () => resolve(1),
        );
        return;
      }
      draining = true;
      beforeDrain();
      logger.info({ signal, running: gateway.ports.lifecycle.running }, 'draining');
      void gateway.drain().then(
        (all) => {
          if (!all) logger.warn('the drain limit was reached: running answers were cut');
          resolve(0);
        },
        (error: unknown) => {
          logger.error({ err: error }, 'drain failed');
          resolve(1);
        },
      );
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}
