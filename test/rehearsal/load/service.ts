// Stands for the Service in front of the gateways: a connection goes to one of those that are Ready, in turn.
import type { GatewayPod, GatewayRun } from '../pods/gateway-pod.ts';

export class Service {
  readonly #pods: () => readonly GatewayPod[];
  #turn = 0;

  constructor(pods: () => readonly GatewayPod[]) {
    this.#pods = pods;
  }

  /** null while none is Ready. */
  next(): GatewayRun | null {
    const ready = this.#pods().filter(({ isReady }) => isReady);
    this.#turn++;
    return ready[this.#turn % Math.max(1, ready.length)]?.run ?? null;
  }
}
