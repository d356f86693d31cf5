// One container over its life: its process, started again when it ends and shouldn't, with a back-off as a kubelet has.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { GuardedProcess } from '../../servers/guarded-process.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { type LocalCommand, localCommand } from './container-command.ts';
import type { ContainerLog } from './container-log.ts';
import { type Environment, expanded, podEnvironment } from './pod-environment.ts';
import type { PodFolder } from './pod-folder.ts';
import type { ContainerSight } from './pod-status.ts';

const BACK_OFF_MS = 500;
const MOST_BACK_OFF_MS = 5_000;
/** An image whose name says so cannot be pulled. */
const ABSENT = /absent/;
const ABSENT_DETAIL = 'Back-off pulling image';

interface ContainerSurroundings {
  readonly cluster: Cluster;
  readonly pod: V1Pod;
  readonly address: string;
  readonly folder: PodFolder;
  readonly log: ContainerLog;
  /** Variables that stand for what a cluster gives every container: names of Services, the way to the API server. */
  given(): Readonly<Record<string, string>>;
  /** Something about it changed. */
  onChange(): void;
}

export class ContainerRun {
  readonly #container: V1Container;
  readonly #around: ContainerSurroundings;
  #process: GuardedProcess | null = null;
  #state: ContainerSight['state'] = 'creating';
  #detail = '';
  #restarts = 0;
  #isEnding = false;

  constructor(container: V1Container, around: ContainerSurroundings) {
    this.#container = container;
    this.#around = around;
  }

  get sight(): ContainerSight {
    const [container, state, restarts, detail] = [this.#container, this.#state, this.#restarts, this.#detail];
    return { container, state, restarts, detail };
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Runs it until it has ended for good; `isToEnd`: ending well is its purpose. */
  async run(isToEnd: boolean): Promise<'completed' | 'failed' | 'ended'> {
    if (ABSENT.test(this.#container.image ?? '')) {
      this.#become('no-image', `${ABSENT_DETAIL} "${this.#container.image}"`);
      return 'ended';
    }
    if (this.#command(this.#words) === null) {
      this.#become(isToEnd ? 'completed' : 'running', '');
      return isToEnd ? 'completed' : 'ended';
    }
    while (!this.#isEnding) {
      const how = await this.#runOnce();
      if (this.#isEnding) break;
      if (isToEnd && how === 0) {
        this.#become('completed', '');
        return 'completed';
      }
      if (this.#around.pod.spec?.restartPolicy === 'Never') {
        this.#become('failed', `ended with ${how}`);
        return 'failed';
      }
      const backOffMs = Math.min(BACK_OFF_MS * 2 ** this.#restarts, MOST_BACK_OFF_MS);
      this.#restarts++;
      const failed = `container=${this.#container.name} pod=${this.#around.pod.metadata?.name} (${how})`;
      this.#become('crash-loop', `back-off ${backOffMs}ms restarting failed ${failed}`);
      await sleep(backOffMs);
    }
    return 'ended';
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is over. */
  async end(graceMs: number): Promise<void> {
    this.#isEnding = true;
    const process = this.#process;
    if (process === null || process.isOver) return;
    // A stopped process gets a signal only when it goes on.
    process.signal('SIGCONT');
    process.signal('SIGTERM');
    const force = setTimeout(() => process.signal('SIGKILL'), graceMs);
    await process.exited;
    clearTimeout(force);
  }

  get #words(): readonly string[] {
    return [...(this.#container.command ?? []), ...(this.#container.args ?? [])];
  }

  #command(words: readonly string[]): LocalCommand | null {
    const { folder, address } = this.#around;
    const place = { address, folder: folder.path, kubeconfig: folder.kubeconfig };
    return localCommand(this.#container, words, place);
  }

  async #runOnce(): Promise<number | string> {
    const { folder, log } = this.#around;
    const env = await this.#environment();
    if (env === null) return 'ended';
    const command = this.#command(this.#words.map((word) => folder.localise(expanded(word, env))));
    if (command === null) return 'not played';
    const own = Object.entries(env).map(([name, value]) => [name, folder.localise(value)] as const);
    const process = new GuardedProcess({
      ...command,
      env: { ...this.#around.given(), ...Object.fromEntries(own) },
      folder: folder.path,
    });
    log.keepOutputOf(process);
    this.#process = process;
    this.#become('running', '');
    return process.exited;
  }

  /** Again until what it refers to is there, as a kubelet does; null when it is to end before. */
  async #environment(): Promise<Environment | null> {
    const { cluster, pod } = this.#around;
    while (!this.#isEnding) {
      try {
        return await podEnvironment(cluster.kube, pod, this.#container);
      } catch (error) {
        this.#become('no-config', error instanceof Error ? error.message : String(error));
        await sleep(BACK_OFF_MS);
      }
    }
    return null;
  }

  #become(state: ContainerSight['state'], detail: string): void {
    this.#state = state;
    this.#detail = detail;
    this.#around.onChange();
  }
}
