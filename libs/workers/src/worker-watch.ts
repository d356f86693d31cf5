// Looks at one worker for as long as it is in the fleet: is it there, is it what its pool declares, does it count as
// we do, how loaded is it. What it finds it tells the worker; it decides nothing about requests.
import { Alarm } from './alarm.ts';
import { describeReply, type WorkerAsker, type WorkerQuestion, type WorkerReply } from './ask-worker.ts';
import type { TokenizerProbe } from './check-tokenizer.ts';
import type { Clock } from './clock.ts';
import type { Defect } from './defect.ts';
import type { FleetEvent, TokenizerFinding } from './fleet-event.ts';
import type { FleetOptions } from './fleet-options.ts';
import { ASLEEP, judgeWorker } from './judge-worker.ts';
import { parseScrape } from './parse-scrape.ts';
import type { Worker } from './worker.ts';

interface WatchPorts {
  readonly options: FleetOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly asker: WorkerAsker;
  readonly log: (event: FleetEvent) => void;
  readonly tokenizerProbes: readonly TokenizerProbe[];
  /** Grows with the fleet, so that all its scrapes stay under their bound. */
  readonly scrapeIntervalMs: () => number;
  /** The worker was declared when the gateway started: found ready at its first look, it gets its whole share at once. */
  readonly isBoot: boolean;
}

/** A prompt of one token in every vocabulary made of bytes. */
const ONE_TOKEN = 'a';

export class WorkerWatch {
  readonly worker: Worker;
  /** Resolved after the first look, whatever it found. */
  readonly firstLook: Promise<void>;
  readonly #ports: WatchPorts;
  readonly #closed = new AbortController();
  readonly #lookAlarm: Alarm;
  readonly #confirmAlarm: Alarm;
  readonly #scrapeAlarm: Alarm;
  readonly #lookedOnce: () => void;
  readonly #loops: Promise<unknown>;
  #looks = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #misses = 0;
  #firstMissMs = 0;
  #verifyAtMs = Number.NEGATIVE_INFINITY;
  #verifying: Promise<void> | null = null;
  #tokenAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;
  #scraping: Promise<void> | null = null;
  /** One process under one declaration. Aborted when either changed: a verdict about what was is dropped. */
  #life = new AbortController();
  /** What the worker counts cannot change while its process lives, so it is asked once a life. */
  #isTokenizerSettled = false;
  #tokenizerResult: TokenizerFinding['result'] | null = null;
  #isScraped = true;
  #isAsleep = false;

  constructor(worker: Worker, ports: WatchPorts) {
    this.worker = worker;
    this.#ports = ports;
    this.#lookAlarm = new Alarm(ports.clock);
    this.#confirmAlarm = new Alarm(ports.clock);
    this.#scrapeAlarm = new Alarm(ports.clock);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.firstLook = promise;
    this.#lookedOnce = resolve;
    this.#loops = Promise.all([this.#keepLooking(), this.#keepScraping()]);
  }

  /** Something looks wrong (a request failed, a stream is silent): look now rather than at the next turn. */
  lookNow(): void {
    this.#lookAlarm.ring();
  }

  /** As `lookNow`, but not twice within the time. */
  lookAgainAfter(ageMs: number): void {
    if (this.#ports.clock.nowMs() - this.#lookedMs > ageMs) this.lookNow();
  }

  /**
   * It is stalled: whether it does anything at all is asked by a request of our own, for one token, so that one answer that
   * hangs cannot keep a worker out for as long as it hangs. One at a time, and not twice within the time a stall takes.
   */
  askForToken(): void {
    const { clock, options } = this.#ports;
    if (this.#isClosed || this.#asking !== null || clock.nowMs() < this.#tokenAtMs) return;
    this.#tokenAtMs = clock.nowMs() + options.stallMs;
    this.#asking = this.#askToken().finally(() => {
      this.#asking = null;
    });
  }

  /** Its declaration changed: what was verified no longer counts. */
  verifyNow(): void {
    this.#forgetVerdict();
    this.lookNow();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#life.abort();
    this.#lookAlarm.ring();
    this.#confirmAlarm.ring();
    this.#scrapeAlarm.ring();
    this.#lookedOnce();
    await this.#loops;
    await this.#verifying;
    await this.#asking;
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #keepLooking(): Promise<void> {
    while (!this.#isClosed) {
      await this.#look();
      this.#looks += 1;
      this.#lookedOnce();
      if (!this.#isClosed) await this.#lookAlarm.pause(this.#ports.options.healthIntervalMs);
    }
  }

  async #look(): Promise<void> {
    this.#lookedMs = this.#ports.clock.nowMs();
    let reply = await this.#askHealth();
    if (isConclusivelyDead(reply)) {
      await this.#confirmAlarm.pause(this.#ports.options.confirmAfterMs);
      reply = await this.#askHealth();
      if (this.#isClosed) return;
      if (reply.kind !== 'unasked' && !isAlive(reply)) return this.#fell(describeReply(reply));
    }
    if (this.#isClosed) return;
    if (reply.kind === 'unasked') return this.worker.notYet(reply.why);
    if (!isAlive(reply)) return this.#missed(describeReply(reply));
    this.#misses = 0;
    this.worker.answers();
    if (reply.kind === 'answered') this.worker.certificate = reply.certificate;
    const { isLeaving, isBarred } = this.worker;
    if (!isLeaving && !isBarred && this.#ports.clock.nowMs() >= this.#verifyAtMs) this.#startVerifying();
    // The first look includes the verdict; later ones go on, since a slow /tokenize must not hide a port that refuses.
    if (this.#looks === 0) await this.#verifying;
  }

  /** One look without an answer proves nothing: vLLM under load answers late. A token meanwhile proves it lives. */
  #missed(why: string): void {
    this.worker.notYet(why);
    if (this.#misses === 0 || this.worker.motionMs > this.#firstMissMs) {
      this.#misses = 0;
      this.#firstMissMs = this.#lookedMs;
    }
    this.#misses += 1;
    if (this.#misses >= this.#ports.options.missesUntilDown) this.#fell(why);
  }

  #fell(why: string): void {
    this.#forgetVerdict();
    this.worker.fell(why);
  }

  #forgetVerdict(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#verifyAtMs = Number.NEGATIVE_INFINITY;
    this.#isTokenizerSettled = false;
  }

  #startVerifying(): void {
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = null;
    });
  }

  /** Compares what it serves and how it counts with the declaration; ready only when both agree. */
  async #verify(): Promise<void> {
    const { options, clock } = this.#ports;
    const life = this.#life.signal;
    if (this.worker.state !== 'ready') await this.#scrape();
    const verdict = await judgeWorker({
      declaration: this.worker.declaration,
      ask: (question) => this.#ports.asker.ask(this.worker.endpoint, question, life),
      timeoutMs: options.probeTimeoutMs,
      tokenizerProbes: this.#ports.tokenizerProbes,
      isTokenizerSettled: this.#isTokenizerSettled,
      isAsleep: this.#isAsleep,
    });
    if (life.aborted) return;
    if (verdict.finding !== null) this.#tell(verdict.finding);
    if (verdict.kind === 'unclear') return this.worker.notYet(verdict.reason);
    if (verdict.kind === 'wrong') return this.#quarantine(verdict.defect);
    this.#isTokenizerSettled = verdict.finding?.result !== 'unanswered';
    const nextMs = this.#isTokenizerSettled ? options.verifyIntervalMs : options.quarantineIntervalMs;
    this.#verifyAtMs = clock.nowMs() + nextMs;
    this.worker.becomeReady(!(this.#ports.isBoot && this.#looks === 0));
  }

  async #askToken(): Promise<void> {
    const life = this.#life.signal;
    const { servedName: model } = this.worker.declaration;
    const body = JSON.stringify({ model, prompt: ONE_TOKEN, max_tokens: 1 });
    const timeoutMs = this.#ports.options.stallMs;
    const question = { method: 'POST', path: '/v1/completions', body, timeoutMs, isFresh: true } as const;
    const reply = await this.#ports.asker.ask(this.worker.endpoint, question, life);
    if (!life.aborted && reply.kind === 'answered' && reply.status === 200) this.worker.gaveToken();
  }

  /** Said when the result is another than last time: a quarantined worker is asked every few seconds. */
  #tell(finding: TokenizerFinding): void {
    if (this.#tokenizerResult === finding.result) return;
    this.#tokenizerResult = finding.result;
    this.#ports.log({ worker: this.worker.id, pool: this.worker.pool, ...finding });
  }

  async #keepScraping(): Promise<void> {
    // Spread over the interval, so that a fleet declared at once is not scraped at once.
    await this.#scrapeAlarm.pause(this.#ports.scrapeIntervalMs() * this.#ports.random());
    while (!this.#isClosed) {
      if (this.worker.isAnswering) await this.#scrape();
      if (!this.#isClosed) await this.#scrapeAlarm.pause(this.#ports.scrapeIntervalMs());
    }
  }

  /** One page at a time: two that overtake each other would look like counters that went back. */
  #scrape(): Promise<void> {
    this.#scraping ??= this.#scrapeOnce().finally(() => {
      this.#scraping = null;
    });
    return this.#scraping;
  }

  async #scrapeOnce(): Promise<void> {
    const { clock, options, log } = this.#ports;
    const { id, pool } = this.worker;
    const life = this.#life.signal;
    const askedMs = clock.nowMs();
    const before = this.worker.load.own();
    const reply = await this.#ask({ method: 'GET', path: '/metrics', timeoutMs: options.probeTimeoutMs });
    if (life.aborted) return;
    if (reply.kind !== 'answered' || reply.status !== 200) {
      if (this.#isScraped) log({ kind: 'scrape-failed', worker: id, pool, reason: describeReply(reply) });
      this.#isScraped = false;
      if (reply.kind === 'refused') this.lookNow();
      return;
    }
    this.#isScraped = true;
    const page = parseScrape(reply.body.toString('latin1'));
    const isSameProcess = this.worker.observe(page, before);
    log({ kind: 'scraped', worker: id, pool, page, tookMs: clock.nowMs() - askedMs });
    if (page.isAsleep && !this.#isAsleep) this.#quarantine(ASLEEP);
    this.#isAsleep = page.isAsleep;
    if (isSameProcess) return;
    this.#fell('it was restarted');
    this.lookNow();
  }

  #quarantine(defect: Defect): void {
    this.worker.found(defect);
    this.#verifyAtMs = this.#ports.clock.nowMs() + this.#ports.options.quarantineIntervalMs;
  }

  #askHealth(): Promise<WorkerReply> {
    const timeoutMs = this.#ports.options.probeTimeoutMs;
    return this.#ask({ method: 'GET', path: '/health', timeoutMs, isFresh: true });
  }

  #ask(question: WorkerQuestion): Promise<WorkerReply> {
    return this.#ports.asker.ask(this.worker.endpoint, question, this.#closed.signal);
  }
}

/** vLLM's /health is 200, or 503 once the engine is dead. Anything below 500 comes from something that lives. */
function isAlive(reply: WorkerReply): boolean {
  return reply.kind === 'answered' && reply.status < 500;
}

function isConclusivelyDead(reply: WorkerReply): boolean {
  return reply.kind === 'refused' || (reply.kind === 'answered' && reply.status >= 500);
}
