// SIGTERM and SIGINT: readiness off, new requests refused, running answers finish up to the drain limit, then exit 0.
// A second signal ends at once.
import type { Logger } from 'pino';
import type { Gateway } from './gateway.ts';

/**
 * One Ctrl-C comes from the terminal and once more from each launcher that passes it on, as does what a service manager sends
 * to all of a group: within milliseconds. A person who asks again takes longer.
 */
const SAME_SIGNAL_MS = 500;

/** Resolves with the exit code. */
export function serveUntilSignal(
  gateway: Pick<Gateway, 'drain' | 'close' | 'ports'>,
  logger: Logger,
  beforeDrain: () => void,
  nowMs: () => number = () => performance.now(),
): Promise<number> {
  return new Promise((resolve) => {
    let drainingSinceMs: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (drainingSinceMs !== null) {
        if (nowMs() - drainingSinceMs < SAME_SIGNAL_MS) return;
        logger.warn({ signal }, 'second signal: closing at once');
        void gateway.close().then(
          () => resolve(1),
          () => resolve(1),
        );
        return;
      }
      drainingSinceMs = nowMs();
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
