// The Deployment of the gateways: two of them, replaced one after the other, each new one Ready before an old one goes.
import { seconds } from '../report/words.ts';
import { GatewayPod } from './gateway-pod.ts';
import type { Site } from './site.ts';

const REPLICAS = 2;

export class GatewayDeployment {
  readonly #site: Site;
  readonly #heard: (record: Readonly<Record<string, unknown>>) => void;
  #pods: readonly GatewayPod[] = [];
  #made = 0;

  /** `heard`: each line of their logs. */
  constructor(site: Site, heard: (record: Readonly<Record<string, unknown>>) => void) {
    this.#site = site;
    this.#heard = heard;
  }

  get pods(): readonly GatewayPod[] {
    return this.#pods;
  }

  async start(): Promise<void> {
    this.#pods = Array.from({ length: REPLICAS }, () => this.#make());
    await Promise.all(this.#pods.map((pod) => pod.ready()));
  }

  /** Resolves with the number of those replaced. Throws when one does not end with exit code 0. */
  async replaceAll(tell: (what: string) => void): Promise<number> {
    const old = this.#pods;
    for (const pod of old) {
      const fresh = this.#make();
      this.#pods = [...this.#pods, fresh];
      const startMs = performance.now();
      await fresh.ready();
      const readyMs = performance.now();
      const how = await pod.end();
      this.#pods = this.#pods.filter((each) => each !== pod);
      if (how !== 0) throw new Error(`${pod.name} ended with ${how}`);
      const [took, drained] = [readyMs - startMs, performance.now() - readyMs].map(seconds);
      tell(`${fresh.name} Ready in ${took}; ${pod.name} drained in ${drained}`);
    }
    return old.length;
  }

  /** In order: running answers are finished. */
  async close(): Promise<void> {
    await Promise.all(this.#pods.map((pod) => pod.end()));
    this.#pods = [];
  }

  /** At once. */
  async abandon(): Promise<void> {
    await Promise.all(this.#pods.map((pod) => pod.abandon()));
  }

  #make(): GatewayPod {
    return new GatewayPod(this.#site, `ropeway-gateway-${++this.#made}`, this.#heard);
  }
}
