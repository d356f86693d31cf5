// What happens when the configuration changes while the scaler runs: pools are taken over as the gateways do, and the log level; a
// bad file is refused whole, what else has changed waits for a restart or is none of the scaler's.
import { type ConfigListener, problemLine } from '#config';
import type { ProcessLogger, ReloadResult } from '#telemetry';

/** Settings that are looked up each time they are needed, and the log's. */
const FOLLOWED: readonly string[] = ['pools', 'log.level'];

export function reloadsOf(
  scaler: { configReloaded(result: ReloadResult): void },
  log: Pick<ProcessLogger, 'logger' | 'setLevel'>,
): ConfigListener {
  return {
    changed({ config, applied, needsRestart }) {
      log.setLevel(config.log.level);
      scaler.configReloaded('applied');
      const followed = applied.filter((path) => FOLLOWED.includes(path));
      log.logger.info({ applied: followed, needsRestart }, 'configuration read again');
    },
    refused({ problems }) {
      scaler.configReloaded('refused');
      log.logger.error(
        { problems: problems.map(problemLine) },
        'the new configuration is bad: the old one stays',
      );
    },
  };
}
