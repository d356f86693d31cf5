// Gateways as pods: whatever has the label and an address is asked, and those that are Ready are waited for.
import type { GatewayList, GatewayWatch, KnownGateway } from './gateway-list.ts';

/** What is needed of a pod; the watch of `#workers` gives more. */
export interface GatewayPod {
  readonly uid: string;
  /** null: none yet, or its containers have ended for good. */
  readonly ip: string | null;
  /** Not while it is going away. */
  readonly isReady: boolean;
}

interface PodWatching {
  readonly reading: GatewayWatch;
  close(): Promise<void> | void;
}

/** Starts a watch that tells every pod after its first list and at each change, and keeps trying through any failure. */
export type WatchPods = (changed: (pods: readonly GatewayPod[]) => void) => PodWatching;

export class PodGateways implements GatewayList {
  readonly #watch: WatchPods;
  readonly #port: number;
  #watching: PodWatching | null = null;

  constructor(watch: WatchPods, port: number) {
    this.#watch = watch;
    this.#port = port;
  }

  get reading(): GatewayWatch | null {
    return this.#watching?.reading ?? null;
  }

  async start(changed: (gateways: readonly KnownGateway[]) => void): Promise<void> {
    this.#watching = this.#watch((pods) => changed(gatewaysOf(pods, this.#port)));
  }

  async close(): Promise<void> {
    await this.#watching?.close();
  }
}

/** One that drains still runs requests, and whoever takes its pool's workers away cuts them: it is asked while it answers. */
function gatewaysOf(pods: readonly GatewayPod[], port: number): readonly KnownGateway[] {
  return pods.flatMap(({ uid, ip, isReady }) =>
    ip === null ? [] : { id: uid, url: `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`, isReady },
  );
}
