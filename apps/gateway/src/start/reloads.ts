// What happens when the configuration changes while the gateway runs: keys, pools and log level are taken over, a bad
// file is refused whole, and whatever needs a restart is named.
import type { Logger } from 'pino';
import { type ConfigError, type ConfigListener, problemLine } from '#config';
import type { Gateway } from './start-gateway.ts';

type Change = Parameters<ConfigListener['changed']>[0];

export class Reloads implements ConfigListener {
  #gateway: Gateway | null = null;
  #logger: Logger | null = null;

  /** Changes before this are not lost: the gateway starts with the newest configuration. */
  attach(gateway: Gateway, logger: Logger): void {
    this.#gateway = gateway;
    this.#logger = logger;
  }

  changed({ config, applied, needsRestart }: Change): void {
    this.#gateway?.reload(config);
    this.#logger?.info({ applied, needsRestart }, 'configuration reloaded');
    if (needsRestart.length > 0) this.#logger?.warn({ needsRestart }, 'these settings need a restart');
  }

  refused(error: ConfigError): void {
    this.#gateway?.ports.telemetry.configReloaded('refused');
    this.#logger?.error(
      { problems: error.problems.map(problemLine) },
      'the new configuration is bad: the old one stays',
    );
  }
}
