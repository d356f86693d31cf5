// Looks at the pools several times a second, as nobody tells us what KEDA and the autoscaler do.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { NamespaceUnderTest } from '../../cluster/harness/namespace-under-test.ts';
import { PLAYED_POOLS } from '../day/played-pools.ts';
import type { StageTerms } from '../stage.ts';
import { SeenPool } from './seen-pool.ts';

const LOOK_EVERY_MS = 100;
const POOL = 'ropeway.dev/pool';

export class PoolWatch {
  readonly pools: readonly SeenPool[] = PLAYED_POOLS.map((pool) => new SeenPool(pool));
  readonly #namespace: NamespaceUnderTest;
  readonly #scaled: StageTerms['scaled'];
  readonly #looking: Promise<void>;
  #isOver = false;

  private constructor(namespace: NamespaceUnderTest, scaled: StageTerms['scaled']) {
    this.#namespace = namespace;
    this.#scaled = scaled;
    this.#looking = this.#keepLooking();
  }

  static start(namespace: NamespaceUnderTest, scaled: StageTerms['scaled']): PoolWatch {
    return new PoolWatch(namespace, scaled);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  async #keepLooking(): Promise<void> {
    const { cluster, kubelet, path } = this.#namespace;
    const deployments = path(`/deployments?labelSelector=${encodeURIComponent(POOL)}`, 'apis/apps/v1');
    while (!this.#isOver) {
      try {
        this.#see(await cluster.kube.list<V1Deployment>(deployments), kubelet.pods);
      } catch {
        // The API server is away: what was seen holds.
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  #see(deployments: readonly V1Deployment[], pods: readonly V1Pod[]): void {
    const nowMs = performance.now();
    for (const seen of this.pools) {
      const { name } = seen.pool;
      const isOfIt = ({ metadata }: V1Deployment | V1Pod) => metadata?.labels?.[POOL] === name;
      seen.seePods(pods.filter(isOfIt), nowMs);
      const deployment = deployments.find(isOfIt);
      if (deployment === undefined) continue;
      const before = seen.seeDeployment(deployment);
      if (before !== null) this.#scaled(name, before, seen.wanted);
    }
  }
}
