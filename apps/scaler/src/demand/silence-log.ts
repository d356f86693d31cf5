// Says once when a gateway stops answering, and once when it answers again; twice a second would drown the log.
import type { KnownGateway } from '../gateways/gateway-list.ts';
import type { GatewayAnswer } from './ask-gateway.ts';

type Say = (fields: object, text: string) => void;

interface SilenceSink {
  readonly warn: Say;
  readonly info: Say;
}

export class SilenceLog {
  readonly #sink: SilenceSink;
  /** What was said of each gateway that does not answer. */
  readonly #said = new Map<string, string>();

  constructor(sink: SilenceSink) {
    this.#sink = sink;
  }

  /** Forgets those that are gone. */
  follow(gateways: readonly KnownGateway[]): void {
    const listed = new Set(gateways.map(({ id }) => id));
    for (const id of this.#said.keys()) if (!listed.has(id)) this.#said.delete(id);
  }

  heard({ id, url }: KnownGateway, answer: GatewayAnswer): void {
    const before = this.#said.get(id);
    if (answer.kind === 'read') {
      this.#said.delete(id);
      if (before !== undefined) this.#sink.info({ gateway: url }, 'the gateway answers again');
      return;
    }
    this.#said.set(id, answer.why);
    if (before !== answer.why) this.#sink.warn({ gateway: url }, `the gateway ${answer.why}`);
  }
}
