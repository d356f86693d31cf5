// Asks every gateway at its own pace: one that hangs holds up nobody else's answer.
import { setTimeout as pause } from 'node:timers/promises';
import type { KnownGateway } from '../gateways/gateway-list.ts';
import { askGateway, type GatewayAnswer } from './ask-gateway.ts';

interface PollOptions {
  /** From one question to the next. */
  readonly pollMs: number;
  /** Called with each answer. */
  readonly answered: (gateway: KnownGateway, answer: GatewayAnswer) => void;
}

interface Polling {
  readonly url: string;
  readonly end: AbortController;
}

export class GatewayPolls {
  readonly #options: PollOptions;
  readonly #running = new Map<string, Polling>();

  constructor(options: PollOptions) {
    this.#options = options;
  }

  /** From now on these and no others, where they are now. A new one is asked at once. */
  follow(gateways: readonly KnownGateway[]): void {
    const urls = new Map(gateways.map(({ id, url }) => [id, url]));
    for (const [id, { url, end }] of this.#running) {
      // A pod whose sandbox was made anew is the same pod at another address.
      if (urls.get(id) === url) continue;
      end.abort();
      this.#running.delete(id);
    }
    for (const gateway of gateways) {
      if (this.#running.has(gateway.id)) continue;
      const polling = { url: gateway.url, end: new AbortController() };
      this.#running.set(gateway.id, polling);
      void this.#poll(gateway, polling.end.signal);
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
