// What happens when the configuration changes while the gateway runs: keys, pools and log level are taken over, a bad
// file is refused whole, and whatever needs a restart is named.
import type { Logger } from 'pino';
import { type ConfigError, type ConfigListener, problemLine, type RopewayConfig } from '#config';

type Change = Parameters<ConfigListener['changed']>[0];

/** What of a gateway a reload concerns. */
export interface Reloadable {
  reload(config: RopewayConfig): void;
  readonly ports: { readonly telemetry: { configReloaded(result: 'refused'): void } };
}

export class Reloads implements ConfigListener {
  #gateway: Reloadable | null = null;
  #logger: Logger | null = null;
  /** The last change while the gateway was starting on what was read before. */
  #early: Change | null = null;

  attach(gateway: Reloadable, logger: Logger): void {
    this.#gateway = gateway;
    this.#logger = logger;
    if (this.#early) this.changed(this.#early);
    this.#early = null;
  }

  changed(change: Change): void {
    if (!this.#gateway) {
      this.#early = change;
      return;
    }
    const { config, applied, needsRestart } = change;
    this.#gateway.reload(config);
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
