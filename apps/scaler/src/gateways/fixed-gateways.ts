// Gateways named in the configuration, for outside Kubernetes. Being named counts as being Ready.
import type { GatewayList, KnownGateway } from './gateway-list.ts';

export class FixedGateways implements GatewayList {
  readonly reading = null;
  readonly #gateways: readonly KnownGateway[];

  constructor(urls: readonly string[]) {
    const origins = new Set(urls.map((url) => new URL(url).origin));
    this.#gateways = [...origins].map((url) => ({ id: url, url, isReady: true }));
  }

  async start(changed: (gateways: readonly KnownGateway[]) => void): Promise<void> {
    changed(this.#gateways);
  }

  async close(): Promise<void> {}
}
