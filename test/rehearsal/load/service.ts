// Stands for the Service in front of the gateways: a connection goes to one of those that are Ready, in turn.
import type { GatewayRun } from './gateway-run.ts';

export interface GatewayBehindService {
  readonly isReady: boolean;
  /** The process that runs now. */
  readonly run: GatewayRun;
}

export class Service {
  readonly #pods: () => readonly GatewayBehindService[];
  #turn = 0;

  constructor(pods: () => readonly GatewayBehindService[]) {
    this.#pods = pods;
  }

  /** null while none is Ready. */
  next(): GatewayRun | null {
    const ready = this.#pods().filter(({ isReady }) => isReady);
    this.#turn++;
    return ready[this.#turn % Math.max(1, ready.length)]?.run ?? null;
  }
}
