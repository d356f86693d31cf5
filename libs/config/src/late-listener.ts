// The configuration is watched from the moment it is read, and whoever follows it is still starting then: what is said
// meanwhile is told when they are there.
import type { ConfigError } from './config-problem.ts';
import type { ConfigListener } from './watch-config.ts';

type Change = Parameters<ConfigListener['changed']>[0];

export class LateListener implements ConfigListener {
  #listener: ConfigListener | null = null;
  /** The last of each; a good configuration is the end of an earlier bad one. */
  #change: Change | null = null;
  #refusal: ConfigError | null = null;

  attach(listener: ConfigListener): void {
    this.#listener = listener;
    if (this.#change) listener.changed(this.#change);
    if (this.#refusal) listener.refused(this.#refusal);
    this.#change = null;
    this.#refusal = null;
  }

  changed(change: Change): void {
    if (this.#listener) {
      this.#listener.changed(change);
      return;
    }
    this.#change = change;
    this.#refusal = null;
  }

  refused(error: ConfigError): void {
    if (this.#listener) this.#listener.refused(error);
    else this.#refusal = error;
  }
}
