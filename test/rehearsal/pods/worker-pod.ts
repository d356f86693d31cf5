// One worker's pod from its making to its end, as a kubelet and vLLM have it: scheduled, loading, Ready by its probe;
// asked to end, given time to be left alone (preStop), SIGTERM, drained, forgotten.
import { setTimeout as sleep } from 'node:timers/promises';
import { type PlayedPool, simOptions } from '../day/played-pools.ts';
import type { StandingPod } from '../scaling/plan-pods.ts';
import { podObject } from './pod-object.ts';
import type { Site } from './site.ts';

const PROBE_MS = 250;
const PROBE_ANSWER_MS = 2_000;
/** Between being asked to end and SIGTERM: gateways have long been told by then. */
const PRE_STOP_MS = 500;
const GRACE_MS = 40_000;

interface WorkerPodTerms {
  readonly site: Site;
  readonly pool: PlayedPool;
  readonly name: string;
  readonly generation: number;
  /** Any of its states changed. */
  readonly changed: () => void;
}

export class WorkerPod implements StandingPod {
  readonly id: string;
  readonly generation: number;
  readonly bornMs = performance.now();
  readonly #terms: WorkerPodTerms;
  readonly #address: string;
  #goneMs: number | null = null;
  #readyMs: number | null = null;
  #isReady = false;
  #isTerminating = false;

  constructor(terms: WorkerPodTerms) {
    this.#terms = terms;
    this.id = terms.site.newUid();
    this.generation = terms.generation;
    this.#address = terms.site.newAddress();
    this.#show(null);
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isTerminating;
  }

  /** Host and port of vLLM. */
  get address(): string {
    return `${this.#address}:${this.#terms.site.ports.worker}`;
  }

  get isTerminating(): boolean {
    return this.#isTerminating;
  }

  /** First time; null: not yet. */
  get readyMs(): number | null {
    return this.#readyMs;
  }

  /** null: it still holds its GPU. */
  get goneMs(): number | null {
    return this.#goneMs;
  }

  /** Rejects when its process cannot start. */
  async run(seed: number): Promise<void> {
    const { site, pool } = this.#terms;
    const { worker: port } = site.ports;
    await site.machine.start(this.id, { ...simOptions(pool, seed), host: this.#address, port });
    if (!this.#isTerminating) this.#show();
    while (!this.#isTerminating) {
      if ((await this.#isHealthy()) && !this.#isTerminating) return this.#becomeReady();
      await sleep(PROBE_MS);
    }
  }

  /** Resolves once it is gone. */
  async end(): Promise<void> {
    if (this.#isTerminating) return;
    this.#isTerminating = true;
    this.#show();
    await sleep(PRE_STOP_MS);
    await this.#terms.site.machine.end(this.id, GRACE_MS);
    this.#goneMs = performance.now();
    this.#terms.site.api.remove(this.id);
    this.#terms.changed();
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#readyMs = performance.now();
    this.#show();
    this.#terms.changed();
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const url = `http://${this.#address}:${this.#terms.site.ports.worker}/health`;
      return (await fetch(url, { signal: AbortSignal.timeout(PROBE_ANSWER_MS) })).ok;
    } catch {
      return false;
    }
  }

  #show(address: string | null = this.#address): void {
    const { site, pool, name } = this.#terms;
    const labels = {
      'app.kubernetes.io/component': 'worker',
      'ropeway.dev/pool': pool.name,
      'ropeway.dev/rope-factor': String(pool.rope.type === 'yarn' ? pool.rope.factor : 1),
      'ropeway.dev/window': String(pool.windowTokens),
    };
    const { isReady, isTerminating } = this;
    site.api.set(podObject({ uid: this.id, name, labels, address, isReady, isTerminating }));
  }
}
