// One day: what is played is set up, the day goes by, what happened is added up.
import { setTimeout as sleep } from 'node:timers/promises';
import { KedaClient } from '../../apps/scaler/test/keda-client.ts';
import { LONG_REQUESTS, UPHEAVALS, type Upheaval } from './day/happenings.ts';
import { clockText, hourAt } from './day/load-curve.ts';
import { PLAYED_POOLS } from './day/played-pools.ts';
import { Service } from './load/service.ts';
import { Traffic } from './load/traffic.ts';
import { GatewayDeployment } from './pods/gateway-deployment.ts';
import { parkedNow } from './pods/parked-now.ts';
import { ScalerProgram } from './pods/scaler-program.ts';
import { Stage } from './pods/stage.ts';
import { WorkerDeployment } from './pods/worker-deployment.ts';
import { WorkerMachine } from './pods/worker-machine.ts';
import { gpuHours } from './report/gpu-hours.ts';
import { type LoggedRequest, loggedRequest, parkedReport } from './report/parked-report.ts';
import { progressLine } from './report/progress-line.ts';
import { promisesOf } from './report/promises.ts';
import type { PoolReport, Report } from './report/report.ts';
import { requestsReport } from './report/requests-report.ts';
import { type PoolMoments, wakeUps } from './report/wake-ups.ts';
import { number } from './report/words.ts';
import { Keda } from './scaling/keda.ts';

const PROGRESS_MS = 3_000;
const LOOK_MS = 100;
/** After midnight: answers that run are read to their end, and pools that woke may still go back to zero. */
const SETTLE_MS = 120_000;
const SLEEP_MS = 60_000;

export interface RehearsalTerms {
  readonly minutes: number;
  readonly say: (line: string) => void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export class Rehearsal {
  readonly #terms: RehearsalTerms;
  readonly #dayMs: number;
  readonly #broken = Promise.withResolvers<never>();
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #logged: LoggedRequest[] = [];
  readonly #scaled = new Map<string, PoolMoments['scaled'][number][]>();
  readonly #replaced: Mutable<Report['replaced']> = { workers: 0, gateways: 0, killed: 0 };
  #startMs = 0;

  constructor(terms: RehearsalTerms) {
    this.#terms = terms;
    this.#dayMs = terms.minutes * 60_000;
    // It may break while nobody waits.
    this.#broken.promise.catch(() => {});
  }

  /** Rejects when it cannot go on; then, too, nothing is left running. */
  async run(): Promise<Report> {
    try {
      return await Promise.race([this.#run(), this.#broken.promise]);
    } finally {
      for (const close of this.#closers.reverse()) await close();
    }
  }

  /** Ends it before its time. */
  interrupt(): void {
    this.#broken.reject(new Error('interrupted'));
  }

  /** The hour of the day at a moment. */
  hourOf(atMs: number): number {
    return hourAt(atMs - this.#startMs, this.#dayMs);
  }

  async #run(): Promise<Report> {
    const { say } = this.#terms;
    say('starting two gateways, the scaler and the first worker …');
    const played = await this.#setUp();
    const { gateways, deployments, keda, traffic } = played;
    this.#startMs = performance.now();
    say(`a day of 24 hours in ${this.#terms.minutes} minutes; workers as ready/there`);
    const progress = this.#keepShowing(played);
    let isOver = false;
    const chats = traffic.run(this.#startMs, () => isOver);
    await Promise.all([this.#longRequests(traffic), this.#upheavals(played), this.#untilHour(24)]);
    isOver = true;
    await chats;
    await Promise.race([traffic.settled(), sleep(SETTLE_MS)]);
    const sleepers = deployments.filter(({ pool }) => pool.minWorkers === 0);
    await this.#until(() => sleepers.every(({ wanted }) => wanted === 0), SLEEP_MS);
    progress.stop();
    say('');
    // Their logs are whole only when they have ended.
    await Promise.all(keda.map((each) => each.stop()));
    await gateways.close();
    return this.#report(played);
  }

  async #setUp() {
    const machine = new WorkerMachine((error) => this.#broken.reject(error));
    this.#closers.push(() => machine.close());
    const stage = await Stage.open(machine);
    this.#closers.push(() => stage.close());
    const failed = (error: Error) => this.#broken.reject(error);
    const deployments = PLAYED_POOLS.map((pool) => new WorkerDeployment(stage, pool, failed));
    for (const deployment of deployments) deployment.scale(deployment.pool.minWorkers);
    const gateways = new GatewayDeployment(stage, (record) => this.#heard(record));
    this.#closers.push(() => gateways.abandon());
    await gateways.start();
    const scaler = await ScalerProgram.start(stage);
    this.#closers.push(() => scaler.end());
    await scaler.ready();
    for (const deployment of deployments)
      await deployment.until(() => deployment.ready >= deployment.pool.minWorkers);
    const client = new KedaClient(stage.ports.scaler);
    this.#closers.push(() => client.close());
    const keda = deployments.map((deployment) => this.#startKeda(client, deployment));
    const service = new Service(() => gateways.pods);
    const traffic = new Traffic({ service, key: stage.key.text, dayMs: this.#dayMs });
    return { deployments, gateways, keda, traffic };
  }

  #startKeda(client: KedaClient, deployment: WorkerDeployment): Keda {
    const { name } = deployment.pool;
    const changes: PoolMoments['scaled'][number][] = [];
    this.#scaled.set(name, changes);
    const keda = Keda.start({
      client,
      deployment,
      scaled: (from, to) => {
        changes.push({ atMs: performance.now(), from, to });
        this.#tell(`pool ${name}: ${from} -> ${to} workers`);
      },
    });
    this.#closers.push(() => keda.stop());
    return keda;
  }

  async #longRequests(traffic: Traffic): Promise<void> {
    for (const { hour, promptTokens } of LONG_REQUESTS) {
      await this.#untilHour(hour);
      for (const tokens of promptTokens) {
        this.#tell(`a request of about ${number(tokens)} tokens`);
        traffic.long(tokens);
      }
    }
  }

  async #upheavals(played: Played): Promise<void> {
    for (const { hour, kind } of UPHEAVALS) {
      await this.#untilHour(hour);
      await this.#upheave(kind, played);
    }
  }

  async #upheave(kind: Upheaval['kind'], { gateways, deployments }: Played): Promise<void> {
    switch (kind) {
      case 'replace-gateways':
        this.#tell('every gateway is replaced, one after the other');
        this.#replaced.gateways += await gateways.replaceAll((what) => this.#tell(what));
        return;
      case 'replace-workers': {
        this.#tell('every worker is replaced: a new template');
        const replaced = await Promise.all(deployments.map((deployment) => deployment.rollOut()));
        this.#replaced.workers += replaced.reduce((sum, count) => sum + count, 0);
        this.#tell('every worker was replaced');
        return;
      }
      case 'kill-gateway': {
        const [gateway] = gateways.pods;
        this.#tell(`gateway ${gateway?.name} is killed (kill -9)`);
        await gateway?.kill();
        this.#replaced.killed++;
        await gateway?.ready();
        this.#tell(`gateway ${gateway?.name} is back`);
      }
    }
  }

  #report({ deployments, traffic, keda }: Played): Report {
    const { outcomes } = traffic;
    const questions = keda.map((each) => each.questions);
    const found = {
      minutes: this.#terms.minutes,
      // Those that never ended count as sent.
      requests: { ...requestsReport(outcomes), sent: traffic.sent },
      parked: parkedReport(this.#logged),
      pools: deployments.map((deployment) => this.#poolReport(deployment)),
      wakeUps: deployments.flatMap((deployment) => wakeUps(this.#momentsOf(deployment), outcomes)),
      replaced: this.#replaced,
      scaler: {
        asked: questions.reduce((sum, { asked }) => sum + asked, 0),
        unanswered: questions.reduce((sum, { unanswered }) => sum + unanswered, 0),
      },
    };
    return { ...found, promises: promisesOf(found) };
  }

  #poolReport({ pool, pods, mostWanted }: WorkerDeployment): PoolReport {
    const held = pods.map(({ bornMs, goneMs }) => ({ fromMs: bornMs, untilMs: goneMs }));
    const day = { startMs: this.#startMs, dayMs: this.#dayMs, fixedWorkers: mostWanted };
    return {
      pool: pool.name,
      gpuHours: gpuHours(held, day),
      mostWorkers: mostWanted,
      workersMade: pods.length,
    };
  }

  #momentsOf({ pool, pods }: WorkerDeployment): PoolMoments {
    const scaled = this.#scaled.get(pool.name) ?? [];
    return { pool: pool.name, scaled, readyMs: pods.flatMap(({ readyMs }) => readyMs ?? []) };
  }

  #keepShowing({ gateways, deployments, traffic }: Played) {
    const show = async () => {
      const parked = await parkedNow(gateways.pods);
      const { sent, running } = traffic;
      const pools = deployments.map(({ pool: { name }, ready, standing }) => ({ name, ready, standing }));
      this.#terms.say(progressLine({ hour: this.#hour, sent, running, parked, pools }));
    };
    const timer = setInterval(() => void show(), PROGRESS_MS);
    this.#closers.push(() => clearInterval(timer));
    return { stop: () => clearInterval(timer) };
  }

  #heard(record: Readonly<Record<string, unknown>>): void {
    const request = loggedRequest(record);
    if (request !== null) this.#logged.push(request);
  }

  #tell(what: string): void {
    if (this.#startMs > 0) this.#terms.say(`${clockText(this.#hour)} * ${what}`);
  }

  get #hour(): number {
    return this.hourOf(performance.now());
  }

  async #untilHour(hour: number): Promise<void> {
    await this.#until(() => this.#hour >= hour, Number.POSITIVE_INFINITY);
  }

  async #until(condition: () => boolean, mostMs: number): Promise<void> {
    const endMs = performance.now() + mostMs;
    while (!condition() && performance.now() < endMs) await sleep(LOOK_MS);
  }
}

interface Played {
  readonly deployments: readonly WorkerDeployment[];
  readonly gateways: GatewayDeployment;
  readonly keda: readonly Keda[];
  readonly traffic: Traffic;
}
