// The stage without Kubernetes: real gateways and scaler, and what stands in for the rest. Everything is started in order and
// ended in the opposite one.

import { KedaClient } from '../../../apps/scaler/test/keda-client.ts';
import type { ScrapeTarget } from '../../../scripts/observe/prometheus-config.ts';
import { PLAYED_POOLS } from '../day/played-pools.ts';
import { parkedNow } from '../load/parked-now.ts';
import { Service } from '../load/service.ts';
import { Keda } from '../scaling/keda.ts';
import type { ScalerQuestions, Stage, StageTerms } from '../stage.ts';
import { GatewayDeployment } from './gateway-deployment.ts';
import { ScalerProgram } from './scaler-program.ts';
import { Site } from './site.ts';
import { WorkerDeployment } from './worker-deployment.ts';
import { WorkerMachine } from './worker-machine.ts';

interface Started {
  readonly key: string;
  readonly deployments: readonly WorkerDeployment[];
  readonly gateways: GatewayDeployment;
  readonly keda: readonly Keda[];
  readonly scaler: ScalerProgram;
}

export class StandInStage implements Stage {
  readonly service = new Service(() => this.#on.gateways.pods);
  readonly #terms: StageTerms;
  readonly #closers: (() => Promise<void> | void)[] = [];
  #started: Started | null = null;

  constructor(terms: StageTerms) {
    this.#terms = terms;
  }

  async start(): Promise<void> {
    const { failed, heard } = this.#terms;
    const machine = new WorkerMachine(failed);
    this.#closers.push(() => machine.close());
    const site = await Site.open(machine);
    this.#closers.push(() => site.close());
    const deployments = PLAYED_POOLS.map((pool) => new WorkerDeployment(site, pool, failed));
    for (const deployment of deployments) deployment.scale(deployment.pool.minWorkers);
    const gateways = new GatewayDeployment(site, heard);
    this.#closers.push(() => gateways.abandon());
    await gateways.start();
    const scaler = await ScalerProgram.start(site);
    this.#closers.push(() => scaler.end());
    await scaler.ready();
    for (const deployment of deployments)
      await deployment.until(() => deployment.ready >= deployment.pool.minWorkers);
    const client = new KedaClient(site.ports.scaler);
    this.#closers.push(() => client.close());
    const keda = deployments.map((deployment) => this.#startKeda(client, deployment));
    this.#started = { key: site.key.text, deployments, gateways, keda, scaler };
  }

  get key(): string {
    return this.#on.key;
  }

  get pools(): readonly WorkerDeployment[] {
    return this.#on.deployments;
  }

  get questions(): ScalerQuestions {
    const questions = this.#on.keda.map((each) => each.questions);
    const sumOf = (which: keyof ScalerQuestions) => questions.reduce((sum, each) => sum + each[which], 0);
    return { asked: sumOf('asked'), unanswered: sumOf('unanswered') };
  }

  get scrapeTargets(): readonly ScrapeTarget[] {
    const { gateways, scaler, deployments } = this.#on;
    const own = [
      ...gateways.pods.map(({ opsUrl }) => ({ job: 'ropeway-gateway', opsUrl })),
      { job: 'ropeway-scaler', opsUrl: scaler.opsUrl },
    ];
    const workers = deployments.flatMap(({ pool, pods }) =>
      pods
        .filter(({ isReady }) => isReady)
        .map(({ address }) => ({ address, labels: { job: 'vllm', pool: pool.name } })),
    );
    return [
      ...own.map(({ job, opsUrl }) => ({ address: new URL(opsUrl).host, labels: { job } })),
      ...workers,
    ];
  }

  parked(): Promise<number> {
    return parkedNow(this.#on.gateways.pods);
  }

  replaceGateways(): Promise<number> {
    return this.#on.gateways.replaceAll(this.#terms.tell);
  }

  async replaceWorkers(): Promise<number> {
    const replaced = await Promise.all(this.pools.map((deployment) => deployment.rollOut()));
    return replaced.reduce((sum, count) => sum + count, 0);
  }

  async killGateway(): Promise<void> {
    const [gateway] = this.#on.gateways.pods;
    if (gateway === undefined) throw new Error('there is no gateway to kill');
    this.#terms.tell(`${gateway.name} is killed (kill -9)`);
    await gateway.kill();
    await gateway.ready();
    this.#terms.tell(`${gateway.name} is back`);
  }

  async rest(): Promise<void> {
    await Promise.all(this.#on.keda.map((keda) => keda.stop()));
    await this.#on.gateways.close();
  }

  async close(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
  }

  get #on(): Started {
    if (this.#started === null) throw new Error('the stage has not started');
    return this.#started;
  }

  #startKeda(client: KedaClient, deployment: WorkerDeployment): Keda {
    const { name } = deployment.pool;
    const scaled = (from: number, to: number) => this.#terms.scaled(name, from, to);
    const keda = Keda.start({ client, deployment, scaled });
    this.#closers.push(() => keda.stop());
    return keda;
  }
}
