// The Deployment of one pool: keeps as many pods as KEDA and the autoscaler want, and replaces all of them when its
// template changes.
import type { PlayedPool } from '../day/played-pools.ts';
import { planPods } from '../scaling/plan-pods.ts';
import type { Site } from './site.ts';
import { WorkerPod } from './worker-pod.ts';

export class WorkerDeployment {
  readonly pool: PlayedPool;
  readonly #site: Site;
  readonly #failed: (error: Error) => void;
  /** All there ever were, oldest first. */
  readonly #pods: WorkerPod[] = [];
  #wanted = 0;
  #mostWanted = 0;
  #generation = 1;
  #changed = Promise.withResolvers<void>();

  constructor(site: Site, pool: PlayedPool, failed: (error: Error) => void) {
    this.#site = site;
    this.pool = pool;
    this.#failed = failed;
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** The largest number wanted at once: what a fixed fleet would have to be. */
  get mostWanted(): number {
    return this.#mostWanted;
  }

  get pods(): readonly WorkerPod[] {
    return this.#pods;
  }

  get ready(): number {
    return this.#pods.filter(({ isReady }) => isReady).length;
  }

  /** Of pods that hold a GPU. */
  get standing(): number {
    return this.#pods.filter(({ goneMs }) => goneMs === null).length;
  }

  scale(replicas: number): void {
    this.#wanted = replicas;
    this.#mostWanted = Math.max(this.#mostWanted, replicas);
    this.#reconcile();
  }

  /** A new template: resolves with the number of pods replaced once all are. */
  async rollOut(): Promise<number> {
    this.#generation++;
    const generation = this.#generation;
    const old = this.#pods.filter(({ goneMs }) => goneMs === null);
    this.#reconcile();
    const isReplaced = () => old.every(({ goneMs }) => goneMs !== null) && this.ready >= this.#wanted;
    await this.until(() => isReplaced() || this.#generation !== generation);
    return old.length;
  }

  /** Looked at whenever a pod of it changes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise;
  }

  #reconcile(): void {
    const standing = this.#pods.filter(({ isTerminating }) => !isTerminating);
    const { create, end } = planPods(standing, this.#wanted, this.#generation);
    for (const pod of standing) if (end.includes(pod.id)) void pod.end().catch(this.#failed);
    for (let n = 0; n < create; n++) this.#create();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #create(): void {
    const seed = this.#pods.length + 1;
    const pod = new WorkerPod({
      site: this.#site,
      pool: this.pool,
      name: `ropeway-${this.pool.name}-${seed}`,
      generation: this.#generation,
      changed: () => this.#reconcile(),
    });
    this.#pods.push(pod);
    void pod.run(seed).catch(this.#failed);
  }
}
