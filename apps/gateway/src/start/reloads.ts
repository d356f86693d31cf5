// What happens when the configuration changes while the gateway runs: keys, pools and log level are taken over, a bad
// file is refused whole, and whatever needs a restart is named.
import type { Logger } from 'pino';
import { type ConfigListener, problemLine, type RopewayConfig } from '#config';

/** What of a gateway a reload concerns. */
interface Reloadable {
  reload(config: RopewayConfig): void;
  readonly ports: { readonly telemetry: { configReloaded(result: 'refused'): void } };
}

export function reloadsOf(gateway: Reloadable, logger: Logger): ConfigListener {
  return {
    changed({ config, applied, needsRestart }) {
      gateway.reload(config);
      logger.info({ applied, needsRestart }, 'configuration reloaded');
      if (needsRestart.length > 0) logger.warn({ needsRestart }, 'these settings need a restart');
    },
    refused({ problems }) {
      gateway.ports.telemetry.configReloaded('refused');
      logger.error(
        { problems: problems.map(problemLine) },
        'the new configuration is bad: the old one stays',
      );
    },
  };
}
