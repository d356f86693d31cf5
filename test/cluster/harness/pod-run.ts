// One pod of Ropeway as a kubelet runs it: an address, files, init containers in order, containers, readiness, and an end
// in order (preStop, SIGTERM, grace, SIGKILL), after which the API server may forget it. Nothing is really in a container.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../control-plane/cluster.ts';
import { ContainerLog } from './container-log.ts';
import { ContainerRun } from './container-run.ts';
import { PodFolder } from './pod-folder.ts';
import { podStatus } from './pod-status.ts';
import { passesProbe } from './readiness-probe.ts';

/** Between looks at a pod that is not Ready yet, and at one that is. */
const STARTING_LOOK_MS = 100;
const READY_LOOK_MS = 1_000;
const AGAIN_MS = 250;
/** Kubernetes' own default. */
const GRACE_S = 30;

interface PodSurroundings {
  readonly cluster: Cluster;
  readonly address: string;
  /** What every container gets besides its own variables. */
  given(pod: V1Pod, folder: PodFolder): Readonly<Record<string, string>>;
}

export class PodRun {
  readonly log = new ContainerLog();
  readonly address: string;
  readonly folder: PodFolder;
  readonly #pod: V1Pod;
  readonly #around: PodSurroundings;
  readonly #initial: readonly ContainerRun[];
  readonly #containers: readonly ContainerRun[];
  #isInitialised = false;
  #isReady = false;
  #readyAtMs: number | null = null;
  #outcome: 'Succeeded' | 'Failed' | null = null;
  #isEnding = false;
  /** Aborts when nobody waits for it any more. */
  readonly #killed = new AbortController();
  #written = '';
  #writing: Promise<void> = Promise.resolve();

  constructor(pod: V1Pod, around: PodSurroundings) {
    this.#pod = pod;
    this.#around = around;
    this.address = around.address;
    this.folder = new PodFolder(around.cluster, pod, around.address);
    const containers = (some: readonly V1Container[] = []) =>
      some.map((container) => new ContainerRun(container, this.#surroundings()));
    // A sidecar (an init container that is always restarted) is not played.
    this.#initial = containers(pod.spec?.initContainers?.filter(({ restartPolicy }) => !restartPolicy));
    this.#containers = containers(pod.spec?.containers);
  }

  get pod(): V1Pod {
    return this.#pod;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** When the API server had taken that it is Ready, by this process's clock; null before. */
  get readyAtMs(): number | null {
    return this.#readyAtMs;
  }

  /** Of its first container; 0 when there is none. */
  get pid(): number {
    return this.#containers[0]?.pid ?? 0;
  }

  /** To its end. What goes wrong is in its status and its log, as with a real one. */
  async run(): Promise<void> {
    this.#write();
    await this.#writeFolder();
    for (const each of this.#initial) {
      if (this.#isEnding) return;
      if ((await each.run(true)) === 'failed') return this.#finish('Failed');
    }
    this.#isInitialised = true;
    const isToEnd = this.#pod.spec?.restartPolicy !== 'Always';
    const over = Promise.all(this.#containers.map((each) => each.run(isToEnd)));
    this.#write();
    void this.#probe();
    const ends = await over;
    if (!isToEnd || this.#isEnding) return;
    this.#finish(ends.every((end) => end === 'completed') ? 'Succeeded' : 'Failed');
  }

  /** To all its processes, SIGSTOP for one that hangs. */
  signal(signal: NodeJS.Signals): void {
    for (const each of this.#containers) each.signal(signal);
  }

  /** As when it is deleted. */
  async terminate(graceS = this.#pod.spec?.terminationGracePeriodSeconds ?? GRACE_S): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const endMs = performance.now() + graceS * 1_000;
    const first = this.#containers.map(
      (each) => each.sight.container.lifecycle?.preStop?.sleep?.seconds ?? 0,
    );
    const preStopMs = Math.min(Math.max(0, ...first), graceS) * 1_000;
    await sleep(preStopMs, undefined, { signal: this.#killed.signal }).catch(() => undefined);
    await this.#endAll(Math.max(0, endMs - performance.now()));
    await this.#forget();
    this.folder.remove();
  }

  /** As when its node loses power: nobody is told. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#killed.abort();
    await this.#endAll(0);
    this.folder.remove();
  }

  async #endAll(graceMs: number): Promise<void> {
    await Promise.all([...this.#initial, ...this.#containers].map((each) => each.end(graceMs)));
  }

  #surroundings() {
    const { cluster, address } = this.#around;
    const [pod, folder, log] = [this.#pod, this.folder, this.log];
    const given = () => this.#around.given(pod, folder);
    return { cluster, address, pod, folder, log, given, onChange: () => this.#write() };
  }

  /** Again until what it mounts is there, as a kubelet does. */
  async #writeFolder(): Promise<void> {
    while (!this.#isEnding) {
      try {
        return await this.folder.write();
      } catch (error) {
        this.log.add(`MountVolume.SetUp failed: ${error instanceof Error ? error.message : error}\n`);
        await sleep(AGAIN_MS);
      }
    }
  }

  async #probe(): Promise<void> {
    while (!this.#isEnding && this.#outcome === null) {
      const isReady = await this.#looksReady();
      if (isReady !== this.#isReady) {
        this.#isReady = isReady;
        this.#write();
      }
      await sleep(isReady ? READY_LOOK_MS : STARTING_LOOK_MS);
    }
  }

  async #looksReady(): Promise<boolean> {
    const sights = this.#containers.map(({ sight }) => sight);
    if (sights.some(({ state }) => state !== 'running')) return false;
    const passes = await Promise.all(sights.map(({ container }) => passesProbe(container, this.address)));
    return passes.every(Boolean);
  }

  #finish(outcome: 'Succeeded' | 'Failed'): void {
    this.#outcome = outcome;
    this.#isReady = false;
    this.#write();
  }

  /** Writes follow each other; the last one stands. */
  #write(): void {
    this.#writing = this.#writing.then(() => this.#writeStatus());
  }

  async #writeStatus(): Promise<void> {
    const containers = this.#containers.map(({ sight }) => sight);
    const isRunning = containers.some(({ state }) => state !== 'creating');
    const phase = this.#outcome ?? (isRunning ? 'Running' : 'Pending');
    const sight = { address: this.address, isInitialised: this.#isInitialised, isReady: this.#isReady };
    const status = podStatus({ ...sight, containers, phase }, new Date().toISOString());
    const compared = JSON.stringify({ ...sight, containers, phase });
    if (compared === this.#written) return;
    for (;;) {
      try {
        await this.#around.cluster.kube.patch(`${this.#path}/status`, { status }, 'strategic');
        this.#written = compared;
        if (sight.isReady) this.#readyAtMs ??= performance.now();
        return;
      } catch (error) {
        // Gone, or the API server is away: the next look says which.
        if (this.#isEnding || isGone(error)) return;
        await sleep(AGAIN_MS);
      }
    }
  }

  async #forget(): Promise<void> {
    const options = { gracePeriodSeconds: 0, preconditions: { uid: this.#pod.metadata?.uid } };
    while (!this.#killed.signal.aborted) {
      try {
        await this.#writing;
        return await this.#around.cluster.kube.remove(this.#path, options);
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#pod.metadata?.namespace}/pods/${this.#pod.metadata?.name}`;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'status' in error && (error.status === 404 || error.status === 409);
}
