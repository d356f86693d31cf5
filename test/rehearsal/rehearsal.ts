// One day: what is played is started, the day goes by, what happened is added up.
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG_REQUESTS, UPHEAVALS, type Upheaval } from './day/happenings.ts';
import { clockText, hourAt } from './day/load-curve.ts';
import { Play, type Played } from './play.ts';
import { parkedNow } from './pods/parked-now.ts';
import { composeReport } from './report/compose-report.ts';
import { Diary } from './report/diary.ts';
import { progressLine } from './report/progress-line.ts';
import type { Report } from './report/report.ts';
import { number } from './report/words.ts';

const MINUTE_MS = 60_000;
const PROGRESS_MS = 3_000;
const LOOK_MS = 100;
/** After midnight: answers that run are read to their end, and pools that woke may still go back to zero. */
const SETTLE_MS = 120_000;
const SLEEP_MS = 60_000;
/** What has not ended so long after its day hangs. */
const OVERTIME_MS = 10 * MINUTE_MS;

export interface RehearsalTerms {
  readonly minutes: number;
  readonly say: (line: string) => void;
}

export class Rehearsal {
  readonly #say: (line: string) => void;
  readonly #dayMs: number;
  readonly #broken = Promise.withResolvers<never>();
  readonly #diary = new Diary();
  readonly #play: Play;
  #startMs = 0;

  constructor({ minutes, say }: RehearsalTerms) {
    this.#say = say;
    this.#dayMs = minutes * MINUTE_MS;
    // It may break while nobody waits.
    this.#broken.promise.catch(() => {});
    this.#play = new Play({
      dayMs: this.#dayMs,
      failed: (error) => this.#broken.reject(error),
      heard: (record) => this.#diary.heard(record),
      scaled: (pool, from, to) => this.#scaled(pool, from, to),
    });
  }

  /** Rejects when it cannot go on; then, too, nothing is left running. */
  async run(): Promise<Report> {
    const overtime = setTimeout(() => this.#hangs(), this.#dayMs + OVERTIME_MS);
    try {
      return await Promise.race([this.#run(), this.#broken.promise]);
    } finally {
      clearTimeout(overtime);
      await this.#play.close();
    }
  }

  /** Ends it before its time. */
  interrupt(): void {
    this.#broken.reject(new Error('interrupted'));
  }

  #hangs(): void {
    this.#broken.reject(new Error('the day does not end: see what was told last'));
  }

  /** The hour of the day at a moment. */
  hourOf(atMs: number): number {
    return hourAt(atMs - this.#startMs, this.#dayMs);
  }

  async #run(): Promise<Report> {
    this.#say('starting two gateways, the scaler and the first worker …');
    const played = await this.#play.start();
    this.#startMs = performance.now();
    this.#say(`a day of 24 hours in ${this.#dayMs / MINUTE_MS} minutes; workers as ready/there`);
    const progress = setInterval(() => void this.#show(played), PROGRESS_MS);
    try {
      await this.#theDay(played);
      await this.#theNightAfter(played);
    } finally {
      clearInterval(progress);
    }
    this.#say('');
    await Promise.all(played.keda.map((keda) => keda.stop()));
    // Their logs are whole only when they have ended.
    await played.gateways.close();
    return composeReport(this.#diary, played, { startMs: this.#startMs, dayMs: this.#dayMs });
  }

  async #theDay(played: Played): Promise<void> {
    const { traffic } = played;
    let isOver = false;
    const chats = traffic.run(this.#startMs, () => isOver);
    await Promise.all([this.#longRequests(played), this.#upheavals(played), this.#untilHour(24)]);
    isOver = true;
    await chats;
  }

  async #theNightAfter({ traffic, deployments }: Played): Promise<void> {
    await this.#until(() => traffic.running === 0, SETTLE_MS);
    const sleepers = deployments.filter(({ pool }) => pool.minWorkers === 0);
    await this.#until(() => sleepers.every(({ wanted }) => wanted === 0), SLEEP_MS);
  }

  async #longRequests({ traffic }: Played): Promise<void> {
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
        this.#diary.gatewaysReplaced += await gateways.replaceAll((what) => this.#tell(what));
        return;
      case 'replace-workers': {
        this.#tell('every worker is replaced: a new template');
        const replaced = await Promise.all(deployments.map((deployment) => deployment.rollOut()));
        this.#diary.workersReplaced += replaced.reduce((sum, count) => sum + count, 0);
        this.#tell('every worker was replaced');
        return;
      }
      case 'kill-gateway': {
        const [gateway] = gateways.pods;
        if (gateway === undefined) return;
        this.#tell(`${gateway.name} is killed (kill -9)`);
        await gateway.kill();
        this.#diary.gatewaysKilled++;
        await gateway.ready();
        this.#tell(`${gateway.name} is back`);
      }
    }
  }

  #scaled(pool: string, from: number, to: number): void {
    this.#diary.scaled(pool, from, to);
    this.#tell(`pool ${pool}: ${from} -> ${to} workers`);
  }

  async #show({ gateways, deployments, traffic }: Played): Promise<void> {
    const parked = await parkedNow(gateways.pods);
    const { sent, running } = traffic;
    const pools = deployments.map(({ pool: { name }, ready, standing }) => ({ name, ready, standing }));
    this.#say(progressLine({ hour: this.#hour, sent, running, parked, pools }));
  }

  /** Something other than the ordinary run of the day. */
  #tell(what: string): void {
    if (this.#startMs > 0) this.#say(`${clockText(this.#hour)} * ${what}`);
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
