// The stage with a real control plane: API server, scheduler, controllers, KEDA and Helm's release of the chart. Pods are
// processes of the harness in test/cluster, whose README says what is real there.
import { Cluster } from '../../cluster/control-plane/cluster.ts';
import { ControlPlane } from '../../cluster/control-plane/control-plane.ts';
import { type Keda, startKeda } from '../../cluster/harness/keda.ts';
import { type NamespaceUnderTest, openNamespace } from '../../cluster/harness/namespace-under-test.ts';
import { Release } from '../../cluster/harness/release.ts';
import { settles } from '../../cluster/harness/settles.ts';
import type { ControlPlanePrograms } from '../../cluster/programs/control-plane-programs.ts';
import { PLAYED_POOLS } from '../day/played-pools.ts';
import { parkedNow } from '../load/parked-now.ts';
import { Service } from '../load/service.ts';
import { logRecord } from '../report/log-record.ts';
import type { PoolOnStage, Stage, StageTerms } from '../stage.ts';
import { GatewayPods } from './gateway-pods.ts';
import { PoolWatch } from './pool-watch.ts';
import { RELEASE_VALUES } from './release-values.ts';

interface Started {
  readonly namespace: NamespaceUnderTest;
  readonly release: Release;
  readonly key: string;
  readonly gateways: GatewayPods;
  readonly watch: PoolWatch;
}

export class ClusterStage implements Stage {
  readonly service = new Service(() => this.#on.gateways.pods);
  /** KEDA asks, and does not tell us. */
  /** Its pods have certificates and addresses of their own: watched on a real cluster. */
  readonly scrapeTargets = null;
  readonly questions = null;
  readonly #programs: ControlPlanePrograms;
  readonly #terms: StageTerms;
  #plane: ControlPlane | null = null;
  #namespace: NamespaceUnderTest | null = null;
  #keda: Keda | null = null;
  #started: Started | null = null;

  constructor(programs: ControlPlanePrograms, terms: StageTerms) {
    this.#programs = programs;
    this.#terms = terms;
  }

  async start(): Promise<void> {
    this.#plane = await ControlPlane.start(this.#programs);
    const { cluster } = this.#plane;
    // With a connection of its own: it closes it with itself.
    const namespace = await openNamespace('rehearsal', Cluster.in(cluster.site.folder));
    this.#namespace = namespace;
    this.#keda = await startKeda(cluster, namespace.names);
    const release = await Release.install(namespace, RELEASE_VALUES);
    const { key = '' } = await release.door();
    const watch = PoolWatch.start(namespace, this.#terms.scaled);
    this.#started = { namespace, release, key, gateways: new GatewayPods(namespace), watch };
    const least = PLAYED_POOLS.reduce((sum, { minWorkers }) => sum + minWorkers, 0);
    await settles('every pool has its least workers', () => {
      const workers = namespace.kubelet.runs(namespace.namespace, 'worker');
      return workers.length === least && workers.every(({ isReady }) => isReady);
    });
  }

  get key(): string {
    return this.#on.key;
  }

  get pools(): readonly PoolOnStage[] {
    return this.#on.watch.pools;
  }

  parked(): Promise<number> {
    return parkedNow(this.#on.gateways.pods);
  }

  replaceGateways(): Promise<number> {
    return this.#replace('gateway', ['gateway']);
  }

  replaceWorkers(): Promise<number> {
    return this.#replace(
      'worker',
      PLAYED_POOLS.map(({ name }) => name),
    );
  }

  killGateway(): Promise<void> {
    return this.#on.gateways.kill(this.#terms.tell);
  }

  async rest(): Promise<void> {
    const { watch, release, namespace } = this.#on;
    await watch.stop();
    await release.uninstall();
    await settles('every gateway has ended', () => this.#uids('gateway').length === 0);
    for (const line of namespace.kubelet.log(namespace.namespace).split('\n')) {
      const record = logRecord(line);
      if (record !== null) this.#terms.heard(record);
    }
  }

  /** KEDA last but the control plane: nothing else takes its finalizers from what is deleted. */
  async close(): Promise<void> {
    await this.#started?.watch.stop();
    await this.#namespace?.close();
    await this.#keda?.stop();
    await this.#plane?.stop();
  }

  get #on(): Started {
    if (this.#started === null) throw new Error('the stage has not started');
    return this.#started;
  }

  async #replace(component: string, deployments: readonly string[]): Promise<number> {
    const old = this.#uids(component);
    await Promise.all(deployments.map((name) => this.#on.release.restart(name)));
    await settles(`every old ${component} has ended`, () => {
      const there = this.#uids(component);
      return old.every((uid) => !there.includes(uid));
    });
    return old.length;
  }

  #uids(component: string): readonly string[] {
    const { kubelet, namespace } = this.#on.namespace;
    return kubelet.runs(namespace, component).map(({ pod }) => pod.metadata?.uid ?? '');
  }
}
