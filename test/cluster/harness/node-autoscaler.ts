// Plays a cloud's node autoscaler: a pod that no node fits gets a GPU node after a while, a node that stays empty goes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Kube } from '../control-plane/kube.ts';
import { addNode, type GpuKind, removeNode } from './nodes.ts';

const LOOK_EVERY_MS = 200;
const MADE = 'ropeway.test/autoscaled';

interface NodeAutoscalerTerms {
  readonly kube: Kube;
  readonly namespace: string;
  readonly gpu: GpuKind;
  /** A cloud takes minutes. */
  readonly bootMs: number;
  /** How long a node is empty before it goes. */
  readonly emptyMs: number;
}

export class NodeAutoscaler {
  /** Names, in the order they were added; those that went too. */
  readonly added: string[] = [];
  readonly removed: string[] = [];
  readonly #terms: NodeAutoscalerTerms;
  readonly #emptySince = new Map<string, number>();
  #isOver = false;
  readonly #looking: Promise<void>;

  constructor(terms: NodeAutoscalerTerms) {
    this.#terms = terms;
    this.#looking = this.#keepLooking();
  }

  /** Its nodes go with it. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    await Promise.all(this.added.map((name) => removeNode(this.#terms.kube, name)));
  }

  async #keepLooking(): Promise<void> {
    const { kube, namespace } = this.#terms;
    while (!this.#isOver) {
      const pods = await kube.list<V1Pod>(`/api/v1/namespaces/${namespace}/pods`).catch(() => []);
      if (pods.some(isUnschedulable)) await this.#add();
      await this.#removeEmpty(new Set(pods.map(({ spec }) => spec?.nodeName ?? '')));
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** One at a time: the next look tells whether it was enough. */
  async #add(): Promise<void> {
    await sleep(this.#terms.bootMs);
    const name = `${this.#terms.namespace}-gpu-${this.added.length}`;
    await addNode(this.#terms.kube, name, this.#terms.gpu, { [MADE]: 'true' });
    this.added.push(name);
    // The scheduler is told by an event and takes it up at once.
    await sleep(LOOK_EVERY_MS);
  }

  async #removeEmpty(used: ReadonlySet<string>): Promise<void> {
    const { kube, emptyMs } = this.#terms;
    const nodes = await kube.list<V1Node>(`/api/v1/nodes?labelSelector=${MADE}`).catch(() => []);
    for (const name of nodes.map(({ metadata }) => metadata?.name ?? '')) {
      if (used.has(name) || !this.added.includes(name)) {
        this.#emptySince.delete(name);
        continue;
      }
      const since = this.#emptySince.get(name) ?? performance.now();
      this.#emptySince.set(name, since);
      if (performance.now() - since < emptyMs) continue;
      await removeNode(kube, name);
      this.#emptySince.delete(name);
      this.removed.push(name);
    }
  }
}

function isUnschedulable({ status, metadata }: V1Pod): boolean {
  if (metadata?.deletionTimestamp) return false;
  return status?.conditions?.some(({ reason }) => reason === 'Unschedulable') === true;
}
