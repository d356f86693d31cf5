// What happens when the configuration changes while the scaler runs: pools are taken over as the gateways do, a bad file is
// refused whole, what else has changed waits for a restart.
import type { Logger } from 'pino';
import { type ConfigError, type ConfigListener, problemLine } from '#config';
import type { ReloadResult } from '#telemetry';

type Change = Parameters<ConfigListener['changed']>[0];

export class Reloads implements ConfigListener {
  #scaler: { configReloaded(result: ReloadResult): void } | null = null;
  #logger: Logger | null = null;
  /** What was read last while the scaler was starting. */
  #early: (() => void) | null = null;

  attach(scaler: { configReloaded(result: ReloadResult): void }, logger: Logger): void {
    this.#scaler = scaler;
    this.#logger = logger;
    this.#early?.();
    this.#early = null;
  }

  changed(change: Change): void {
    if (this.#scaler === null) {
      this.#early = () => this.changed(change);
      return;
    }
    const { applied, needsRestart } = change;
    this.#scaler.configReloaded('applied');
    this.#logger?.info({ applied, needsRestart }, 'configuration read again');
  }

  refused(error: ConfigError): void {
    if (this.#scaler === null) {
      this.#early = () => this.refused(error);
      return;
    }
    this.#scaler.configReloaded('refused');
    this.#logger?.error(
      { problems: error.problems.map(problemLine) },
      'the new configuration is bad: the old one stays',
    );
  }
}
