// One day: its stage is set, the day goes by, what happened is added up.
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG_REQUESTS, UPHEAVALS, type Upheaval } from './day/happenings.ts';
import { clockText, hourAt } from './day/load-curve.ts';
import { Traffic } from './load/traffic.ts';
import { composeReport } from './report/compose-report.ts';
import { Diary } from './report/diary.ts';
import { progressLine } from './report/progress-line.ts';
import type { Report } from './report/report.ts';
import { number } from './report/words.ts';
import type { Stage, StageTerms } from './stage.ts';
import { BoardWatch } from './watch/board-watch.ts';

const MINUTE_MS = 60_000;
const PROGRESS_MS = 3_000;
const LOOK_MS = 100;
/** After midnight: answers that run are read to their end, and pools that woke may still go back to zero. */
const SETTLE_MS = 120_000;
const SLEEP_MS = 60_000;
/** What has not ended so long after its day hangs. */
const OVERTIME_MS = 10 * MINUTE_MS;

interface RehearsalTerms {
  readonly minutes: number;
  readonly say: (line: string) => void;
  readonly stage: (terms: StageTerms) => Stage;
}

export class Rehearsal {
  readonly #say: (line: string) => void;
  readonly #dayMs: number;
  readonly #broken = Promise.withResolvers<never>();
  readonly #diary = new Diary();
  readonly #stage: Stage;
  #watch: BoardWatch | null = null;
  #startMs = 0;

  constructor({ minutes, say, stage }: RehearsalTerms) {
    this.#say = say;
    this.#dayMs = minutes * MINUTE_MS;
    // It may break while nobody waits.
    this.#broken.promise.catch(() => {});
    this.#stage = stage({
      failed: (error) => this.#broken.reject(error),
      heard: (record) => this.#diary.heard(record),
      scaled: (pool, from, to) => this.#scaled(pool, from, to),
      tell: (what) => this.#tell(what),
    });
  }

  /** Rejects when it cannot go on; then, too, nothing is left running. */
  async run(): Promise<Report> {
    const overtime = setTimeout(() => this.#hangs(), this.#dayMs + OVERTIME_MS);
    try {
      return await Promise.race([this.#run(), this.#broken.promise]);
    } finally {
      clearTimeout(overtime);
      await this.#watch?.stop();
      await this.#stage.close();
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
    this.#say('starting gateways, the scaler and the first worker …');
    await this.#stage.start();
    this.#watch = await this.#watchIt();
    const traffic = new Traffic({ service: this.#stage.service, key: this.#stage.key, dayMs: this.#dayMs });
    this.#startMs = performance.now();
    this.#say(`a day of 24 hours in ${this.#dayMs / MINUTE_MS} minutes; workers as ready/there`);
    const progress = setInterval(() => void this.#show(traffic), PROGRESS_MS);
    try {
      await this.#theDay(traffic);
      await this.#theNightAfter(traffic);
    } finally {
      clearInterval(progress);
    }
    this.#say('');
    const boards = (await this.#watch?.ask()) ?? null;
    for (const query of boards?.unanswered ?? []) this.#say(`the boards got no answer: ${query}`);
    // The gateways' logs are whole only when they have ended.
    await this.#stage.rest();
    const day = { startMs: this.#startMs, dayMs: this.#dayMs };
    return composeReport({ diary: this.#diary, stage: this.#stage, traffic, day, boards });
  }

  async #watchIt(): Promise<BoardWatch | null> {
    if (this.#stage.scrapeTargets === null) return null;
    const watch = await BoardWatch.start(() => this.#stage.scrapeTargets ?? []);
    if (watch === null) this.#say('Prometheus is not installed: the boards are not asked');
    return watch;
  }

  async #theDay(traffic: Traffic): Promise<void> {
    let isOver = false;
    const chats = traffic.run(this.#startMs, () => isOver);
    await Promise.all([this.#longRequests(traffic), this.#upheavals(), this.#untilHour(24)]);
    isOver = true;
    await chats;
  }

  async #theNightAfter(traffic: Traffic): Promise<void> {
    await this.#until(() => traffic.running === 0, SETTLE_MS);
    const sleepers = this.#stage.pools.filter(({ pool }) => pool.minWorkers === 0);
    await this.#until(() => sleepers.every(({ wanted }) => wanted === 0), SLEEP_MS);
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

  async #upheavals(): Promise<void> {
    for (const { hour, kind } of UPHEAVALS) {
      await this.#untilHour(hour);
      await this.#upheave(kind);
    }
  }

  async #upheave(kind: Upheaval['kind']): Promise<void> {
    switch (kind) {
      case 'replace-gateways':
        this.#tell('every gateway is replaced, one after the other');
        this.#diary.gatewaysReplaced += await this.#stage.replaceGateways();
        this.#tell('every gateway was replaced');
        return;
      case 'replace-workers':
        this.#tell('every worker is replaced: a new template');
        this.#diary.workersReplaced += await this.#stage.replaceWorkers();
        this.#tell('every worker was replaced');
        return;
      case 'kill-gateway':
        await this.#stage.killGateway();
        this.#diary.gatewaysKilled++;
    }
  }

  #scaled(pool: string, from: number, to: number): void {
    this.#diary.scaled(pool, from, to);
    this.#tell(`pool ${pool}: ${from} -> ${to} workers`);
  }

  async #show({ sent, running }: Traffic): Promise<void> {
    const parked = await this.#stage.parked();
    const pools = this.#stage.pools.map(({ pool: { name }, ready, standing }) => ({ name, ready, standing }));
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
