// Everything that runs during a rehearsal, started in order and ended in the opposite one.
import { KedaClient } from '../../apps/scaler/test/keda-client.ts';
import { PLAYED_POOLS } from './day/played-pools.ts';
import { Service } from './load/service.ts';
import { Traffic } from './load/traffic.ts';
import { GatewayDeployment } from './pods/gateway-deployment.ts';
import { ScalerProgram } from './pods/scaler-program.ts';
import { Site } from './pods/site.ts';
import { WorkerDeployment } from './pods/worker-deployment.ts';
import { WorkerMachine } from './pods/worker-machine.ts';
import { Keda } from './scaling/keda.ts';

export interface PlayedTerms {
  readonly dayMs: number;
  /** Something that must not fail has failed. */
  readonly failed: (error: Error) => void;
  /** A line of a gateway's log. */
  readonly heard: (record: Readonly<Record<string, unknown>>) => void;
  /** A pool was given another number of workers. */
  readonly scaled: (pool: string, from: number, to: number) => void;
}

export interface Played {
  readonly deployments: readonly WorkerDeployment[];
  readonly gateways: GatewayDeployment;
  readonly keda: readonly Keda[];
  readonly traffic: Traffic;
}

export class Play {
  readonly #terms: PlayedTerms;
  readonly #closers: (() => Promise<void> | void)[] = [];

  constructor(terms: PlayedTerms) {
    this.#terms = terms;
  }

  /** Resolves once gateways and scaler are ready and every pool has its least workers. Close it, even if it rejects. */
  async start(): Promise<Played> {
    const { dayMs, failed, heard } = this.#terms;
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
    const service = new Service(() => gateways.pods);
    const traffic = new Traffic({ service, key: site.key.text, dayMs });
    return { deployments, gateways, keda, traffic };
  }

  async close(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
  }

  #startKeda(client: KedaClient, deployment: WorkerDeployment): Keda {
    const { name } = deployment.pool;
    const scaled = (from: number, to: number) => this.#terms.scaled(name, from, to);
    const keda = Keda.start({ client, deployment, scaled });
    this.#closers.push(() => keda.stop());
    return keda;
  }
}
