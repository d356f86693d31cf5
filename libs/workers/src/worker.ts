// One worker as the router sees it, and everything that makes it more or less attractive. It is told what happens (by
// its leases, by the watch that looks at it) and touches neither network nor timers.
import { CircuitBreaker } from './circuit-breaker.ts';
import { hasMoved, hasRestarted, holdsAll } from './compare-pages.ts';
import type { Defect, QuarantineCause } from './defect.ts';
import type {
  LeaseOutcome,
  LeaseTerms,
  PoolDeclaration,
  PrefixChain,
  Validity,
  WorkerDeclaration,
  WorkerEndpoint,
  WorkerState,
} from './fleet.ts';
import type { FleetEvent } from './fleet-event.ts';
import type { FleetOptions } from './fleet-options.ts';
import { HeldLeases } from './held-leases.ts';
import { LoadCounters, type OwnKv } from './load-counters.ts';
import type { ScrapedPage } from './parse-scrape.ts';
import { PrefixIndex, TYPICAL_TOKENS_PER_CHUNK } from './prefix-index.ts';
import { SlowStart } from './slow-start.ts';
import { StallWatch } from './stall-watch.ts';
import { type LeasedWorker, WorkerLease } from './worker-lease.ts';

export interface DeclaredWorker {
  readonly pool: PoolDeclaration;
  readonly worker: WorkerDeclaration;
  readonly endpoint: WorkerEndpoint;
}

export interface WorkerPorts {
  readonly options: FleetOptions;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly log: (event: FleetEvent) => void;
  /** Room may have appeared on this worker. */
  readonly roomAppeared: (worker: Worker) => void;
  /** A request failed there: look at it now. */
  readonly suspect: (worker: Worker) => void;
  /** It is leaving and its last request ended. */
  readonly emptied: (worker: Worker) => void;
}

export class Worker implements LeasedWorker {
  readonly id: string;
  readonly load: LoadCounters;
  state: WorkerState = 'starting';
  reason = 'not looked at yet';
  quarantine: QuarantineCause | null = null;
  certificate: Validity | null = null;
  readonly #ports: WorkerPorts;
  readonly #breaker: CircuitBreaker;
  readonly #stall: StallWatch;
  readonly #index: PrefixIndex;
  readonly #slowStart: SlowStart;
  readonly #leases = new HeldLeases();
  #declaration: PoolDeclaration;
  #endpoint: WorkerEndpoint;
  #self: WorkerDeclaration;
  /** Its port takes connections, as far as the last look knows. */
  #isAnswering = false;
  #isLeaving = false;
  /** What we know of the process that answers is of that process. */
  #isSameProcess = false;
  #refusingUntilMs: number | null = null;
  /** The last page of the process that answers now. */
  #lastPage: ScrapedPage | null = null;
  #isKvScraped = false;
  #pageMs = Number.NEGATIVE_INFINITY;

  constructor({ pool: declaration, worker, endpoint }: DeclaredWorker, ports: WorkerPorts) {
    this.id = endpoint.id;
    this.#declaration = declaration;
    this.#endpoint = endpoint;
    this.#self = worker;
    this.#ports = ports;
    this.load = new LoadCounters(declaration.kvTokensPerWorker);
    this.#index = new PrefixIndex(this.load.kvTokens / TYPICAL_TOKENS_PER_CHUNK);
    this.#stall = new StallWatch(ports.options);
    this.#slowStart = new SlowStart(ports.options, ports.nowMs);
    this.#breaker = new CircuitBreaker(ports.options.breaker, {
      nowMs: ports.nowMs,
      random: ports.random,
      onChange: (state) => this.#breakerChanged(state),
    });
    this.#bar();
  }

  get pool(): string {
    return this.#declaration.name;
  }

  get name(): string | null {
    return this.#self.name ?? null;
  }

  /** Of its pod; null where it has none. */
  get uid(): string | null {
    return this.#self.uid ?? null;
  }

  /** Whoever declared it says it must not be used, or not now: what it answers changes nothing. */
  get isBarred(): boolean {
    return this.#self.defect !== undefined || this.#self.pause !== undefined;
  }

  get declaration(): PoolDeclaration {
    return this.#declaration;
  }

  get endpoint(): WorkerEndpoint {
    return this.#endpoint;
  }

  get breaker(): 'closed' | 'open' | 'half-open' {
    return this.#breaker.state;
  }

  get isRefusing(): boolean {
    return this.#refusingUntilMs !== null && this.#ports.nowMs() < this.#refusingUntilMs;
  }

  get isStalled(): boolean {
    return this.#stall.isStalled;
  }

  get scrapeAgeMs(): number | null {
    return Number.isFinite(this.#pageMs) ? this.#ports.nowMs() - this.#pageMs : null;
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get share(): number {
    return this.#slowStart.share;
  }

  /** When a request of ours there last made progress, to the tick. */
  get motionMs(): number {
    return this.#leases.motionMs;
  }

  matchPrefix(chain: PrefixChain): number {
    return this.#index.match(chain);
  }

  lease(terms: LeaseTerms): WorkerLease | null {
    if (this.state !== 'ready') return null;
    const admitted = this.#breaker.admit();
    if (admitted === null) return null;
    const lease = new WorkerLease(this, terms, admitted, this.#ports.nowMs());
    this.#leases.add(lease);
    if (terms.chain !== null) this.#index.insert(terms.chain);
    return lease;
  }

  firstTokenCame(): void {
    this.#ports.roomAppeared(this);
  }

  /** The counters are settled; what the end says about the worker is not. */
  released(lease: WorkerLease, outcome: LeaseOutcome, sawToken: boolean): void {
    const nowMs = this.#ports.nowMs();
    this.#leases.delete(lease);
    this.#breaker.record(outcome, lease.admitted, sawToken);
    if (outcome === 'finished' || outcome === 'rejected') this.#stall.ownMotion(nowMs);
    if (outcome === 'failed' || outcome === 'timed-out') this.#ports.suspect(this);
    if (outcome === 'queue-full') this.#refuse(nowMs);
    this.#ports.roomAppeared(this);
    if (this.#isLeaving && this.#leases.size === 0) this.#ports.emptied(this);
  }

  /**
   * Ends streams that wait in vain, and judges whether it is stalled. True when a running stream is silent although the
   * worker answered the last look: a reason to look again.
   */
  tick(nowMs: number): boolean {
    const { scrapeFreshMs, kvUsageFreshMs, silentMs } = this.#ports.options;
    if (this.#leases.observe(nowMs)) this.#stall.ownMotion(nowMs);
    if (nowMs - this.#pageMs > scrapeFreshMs) this.load.forgetCorrection();
    if (nowMs - this.#pageMs > kvUsageFreshMs) this.load.scrapedKvUsage = null;
    this.#judgeStall(nowMs);
    this.#endSilentLeases(nowMs);
    return this.#leases.hasSilent(nowMs, silentMs);
  }

  /** Its port answers. That alone makes nothing ready. */
  answers(): void {
    this.#isAnswering = true;
  }

  /** Asked by us, not for anybody: the engine works, whatever became of what it holds. */
  gaveToken(): void {
    this.#stall.ownMotion(this.#ports.nowMs());
  }

  /** Verified: it may take work. A gradual start is for workers that come while others already work. */
  becomeReady(isGradual: boolean): void {
    if (this.#isLeaving || this.isBarred || this.state === 'ready') return;
    if (!this.#isSameProcess) this.#startAnew();
    this.#isSameProcess = true;
    if (isGradual) this.#slowStart.begin();
    this.#setState('ready', '');
    this.#ports.roomAppeared(this);
  }

  found(defect: Defect): void {
    if (!this.#isLeaving && !this.isBarred) this.#quarantine(defect);
  }

  /** Nobody answers there: what waits for it is ended now, what is silent as soon as it was silent for long enough. */
  fell(reason: string): void {
    this.#isAnswering = false;
    this.#isSameProcess = false;
    this.#lastPage = null;
    this.load.scrapedKvUsage = null;
    if (!this.#isLeaving && !this.isBarred)
      this.#setState(this.state === 'starting' ? 'starting' : 'down', reason);
    this.#endSilentLeases(this.#ports.nowMs());
  }

  /** It answers, but not so that it could be judged; only the reason people read changes. */
  notYet(reason: string): void {
    if (this.isBarred) return;
    if (this.state === 'starting' || this.state === 'down') this.#setState(this.state, reason);
  }

  /** It takes nothing new; what it has may finish. */
  leave(reason: string): void {
    this.#isLeaving = true;
    this.#setState('draining', reason);
    if (this.#leases.size === 0) this.#ports.emptied(this);
  }

  /** It is no more: every request it holds is ended. */
  vanish(reason: string): void {
    this.#isLeaving = true;
    this.#isAnswering = false;
    this.#setState('draining', reason);
    this.#lost(this.#leases.loseAll(this.#cause));
    if (this.#leases.size === 0) this.#ports.emptied(this);
  }

  /** Declared again. True when what was verified no longer holds, and it must be looked at before it takes work. */
  redeclare({ pool: declaration, worker, endpoint }: DeclaredWorker): boolean {
    const was = this.#declaration;
    const isOther =
      this.#isLeaving ||
      was.name !== declaration.name ||
      was.servedName !== declaration.servedName ||
      was.windowTokens !== declaration.windowTokens ||
      was.model !== declaration.model;
    const isFreed = this.isBarred && worker.defect === undefined && worker.pause === undefined;
    this.#declaration = declaration;
    this.#endpoint = endpoint;
    this.#self = worker;
    this.#isLeaving = false;
    if (isOther) this.#isSameProcess = false;
    if (!this.#isKvScraped) this.#resize(declaration.kvTokensPerWorker);
    if (this.#bar()) return false;
    if (isOther || isFreed) this.#setState('starting', 'declared anew, not looked at yet');
    return isOther || isFreed;
  }

  /** A metrics page came. False when its counters went back: that is another process than before. */
  observe(page: ScrapedPage, before: OwnKv): boolean {
    const last = this.#lastPage;
    const nowMs = this.#ports.nowMs();
    this.#lastPage = page;
    this.#pageMs = nowMs;
    this.load.scrapedKvUsage = page.kvUsage;
    if (page.kvTokens !== null) {
      this.#isKvScraped = true;
      this.#resize(page.kvTokens);
    }
    if (page.kvUsage !== null) this.load.correct(page.kvUsage * this.load.kvTokens, before, this.load.own());
    if (last === null || hasMoved(last, page)) this.#stall.engineMotion(nowMs);
    if (holdsAll(page, this.load.requests)) this.#stall.engineHoldsAll(nowMs);
    return last === null || !hasRestarted(last, page);
  }

  /** Takes the state its declaration asks for, if it asks for one. What runs goes on. */
  #bar(): boolean {
    const { defect, pause } = this.#self;
    if (defect !== undefined) this.#quarantine(defect);
    else if (pause !== undefined) this.#setState('down', pause);
    return this.isBarred;
  }

  #endSilentLeases(nowMs: number): void {
    const { silentMs, drainingSilentMs } = this.#ports.options;
    if (this.#isAnswering && !this.#isLeaving) return;
    const limitMs = this.#isAnswering ? drainingSilentMs : silentMs;
    const waiting = this.#isAnswering ? 0 : this.#leases.loseWaiting(this.#cause);
    this.#lost(waiting + this.#leases.loseSilent(nowMs, limitMs, this.#cause));
  }

  #lost(leases: number): void {
    if (leases > 0) this.#log({ kind: 'leases-lost', leases, reason: this.reason });
  }

  get #cause(): string {
    return `${this.id}: ${this.reason}`;
  }

  #judgeStall(nowMs: number): void {
    const was = this.#stall.isStalled;
    const isStalled = this.#stall.judge(
      {
        requests: this.load.requests,
        running: this.load.runningRequests,
        queuedTokens: this.load.queuedTokens,
        isScraped: this.#hasEvidence(nowMs),
      },
      nowMs,
    );
    if (was === isStalled) return;
    this.#log({ kind: 'stalled', isStalled });
    if (isStalled) return;
    this.#slowStart.begin();
    this.#ports.roomAppeared(this);
  }

  /** A recent page with the counters a stall is judged by; without them a page that stands still proves nothing. */
  #hasEvidence(nowMs: number): boolean {
    const isFresh = nowMs - this.#pageMs <= this.#ports.options.scrapeFreshMs;
    return isFresh && this.#lastPage?.generationTokens != null && this.#lastPage.promptTokens !== null;
  }

  #refuse(nowMs: number): void {
    if (!this.isRefusing) this.#log({ kind: 'refusing' });
    this.#refusingUntilMs = nowMs + this.#ports.options.refusingMs;
  }

  #breakerChanged(state: 'closed' | 'open'): void {
    this.#log({ kind: 'breaker', state });
    if (state === 'closed') this.#ports.roomAppeared(this);
  }

  /** What we knew of the process before it fell does not hold for the one that answers now. */
  #startAnew(): void {
    this.#breaker.reset();
    if (this.isStalled) this.#log({ kind: 'stalled', isStalled: false });
    this.#stall.reset(this.#ports.nowMs());
    this.#index.clear();
    this.#refusingUntilMs = null;
    this.#slowStart.end();
  }

  #resize(kvTokens: number): void {
    if (this.load.kvTokens === kvTokens) return;
    this.load.kvTokens = kvTokens;
    this.#index.resize(kvTokens / TYPICAL_TOKENS_PER_CHUNK);
  }

  #quarantine({ cause, reason }: Defect): void {
    this.#setState('quarantined', reason);
    this.quarantine = cause;
  }

  #setState(to: WorkerState, reason: string): void {
    const from = this.state;
    if (to !== 'quarantined') this.quarantine = null;
    if (from === to && this.reason === reason) return;
    this.state = to;
    this.reason = reason;
    this.#log({ kind: 'worker-state', from, to, reason });
  }

  #log(event: OwnEvent): void {
    this.#ports.log({ worker: this.id, pool: this.pool, ...event });
  }
}

/** An event without the two fields every event of a worker has. */
type OwnEvent = FleetEvent extends infer Event
  ? Event extends { readonly worker: string }
    ? Omit<Event, 'worker' | 'pool'>
    : never
  : never;
