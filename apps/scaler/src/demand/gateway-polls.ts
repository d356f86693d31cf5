// Asks every gateway at its own pace: one that hangs holds up nobody else's answer.
import { setTimeout as pause } from 'node:timers/promises';
import type { KnownGateway } from '../gateways/gateway-list.ts';
import { askGateway, type GatewayAnswer } from './ask-gateway.ts';

export interface PollOptions {
  /** From one question to the next. */
  readonly pollMs: number;
  /** Called with each answer. */
  readonly answered: (gateway: KnownGateway, answer: GatewayAnswer) => void;
}

export class GatewayPolls {
  readonly #options: PollOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: PollOptions) {
    this.#options = options;
  }

  /** From now on these and no others. A new one is asked at once. */
  follow(gateways: readonly KnownGateway[]): void {
    const listed = new Set(gateways.map(({ id }) => id));
    for (const [id, polling] of this.#running) {
      if (listed.has(id)) continue;
      polling.abort();
      this.#running.delete(id);
    }
    for (const gateway of gateways) {
      if (this.#running.has(gateway.id)) continue;
      const polling = new AbortController();
      this.#running.set(gateway.id, polling);
      void this.#poll(gateway, polling.signal);
    }
  }

  close(): void {
    this.follow([]);
  }

  async #poll(gateway: KnownGateway, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const endOfPause = pause(this.#options.pollMs, undefined, { signal }).catch(() => {
        // Taken off the list while it paused: the loop ends.
      });
      const answer = await askGateway(gateway.url, signal);
      if (signal.aborted) return;
      this.#options.answered(gateway, answer);
      await endOfPause;
    }
  }
}
