// vLLM's scheduler without a GPU: continuous batching, chunked prefill, first come first served, preemption by
// recomputation. Pure: it is told when a step starts and ends, and says how long the step takes.
import type { EngineObserver } from './engine-observer.ts';
import { KvCache } from './kv-cache.ts';
import { Sequence, type Work } from './sequence.ts';

export interface EngineOptions {
  readonly prefillTokensPerS: number;
  /** Time of a step whatever is in it. */
  readonly stepMs: number;
  /** Added to a step for each running sequence. */
  readonly stepPerSequenceMs: number;
  /** vLLM --max-num-batched-tokens: prompt and output tokens of one step. */
  readonly maxBatchedTokens: number;
  /** vLLM --max-num-seqs. */
  readonly maxSequences: number;
  readonly kvTokens: number;
  /** vLLM --block-size. */
  readonly blockTokens: number;
}

export class Engine {
  readonly options: EngineOptions;
  readonly cache: KvCache;
  readonly #observer: EngineObserver;
  readonly #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  /** Sequences that get a token when the step that is under way ends. */
  #due: Sequence[] = [];

  constructor(options: EngineOptions, observer: EngineObserver) {
    this.options = options;
    this.#observer = observer;
    this.cache = new KvCache(Math.floor(options.kvTokens / options.blockTokens), options.blockTokens);
  }

  get runningCount(): number {
    return this.#running.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Prompt tokens of the waiting requests: what --max-num-queued-tokens bounds. */
  get waitingTokens(): number {
    return this.#waiting.reduce((sum, sequence) => sum + sequence.promptTokens, 0);
  }

  submit(work: Work, nowMs: number): Sequence {
    const sequence = new Sequence(work, nowMs, this.options.blockTokens);
    this.#waiting.push(sequence);
    return sequence;
  }

  /** Ends a sequence whose client has gone; nothing is told to its work. */
  abort(sequence: Sequence): void {
    if (sequence.state === 'waiting') this.#waiting.splice(this.#waiting.indexOf(sequence), 1);
    if (sequence.state === 'running') this.#leave(sequence);
    sequence.state = 'finished';
  }

  /** Plans the next step; its length, or null when there is nothing to do. */
  beginStep(nowMs: number): number | null {
    let budgetTokens = this.options.maxBatchedTokens;
    let prefillTokens = 0;
    this.#due = [];
    const schedule = (sequence: Sequence): void => {
      const missing = sequence.knownTokens - sequence.computedTokens;
      const tokens = Math.min(missing, budgetTokens);
      if (tokens <= 0) return;
      budgetTokens -= tokens;
      const isDecode = missing === 1 && sequence.producedTokens > 0;
      if (!isDecode) prefillTokens += tokens;
      this.#compute(sequence, tokens);
      if (tokens === missing) this.#due.push(sequence);
    };
    const planned = [...this.#running];
    for (const sequence of planned)
      if (sequence.state === 'running' && this.#makeRoom(sequence)) schedule(sequence);
    for (let head = this.#waiting[0]; head !== undefined && budgetTokens > 0; head = this.#waiting[0]) {
      if (this.#running.length >= this.options.maxSequences || !this.#admit(head, nowMs)) break;
      schedule(head);
    }
    const scheduledTokens = this.options.maxBatchedTokens - budgetTokens;
    if (scheduledTokens === 0) return null;
    this.#observer.stepped(scheduledTokens);
    const prefillMs = (prefillTokens / this.options.prefillTokensPerS) * 1000;
    return Math.max(this.options.stepMs, prefillMs) + this.options.stepPerSequenceMs * this.#running.length;
  }

  /** Hands out the tokens the step made. */
  endStep(nowMs: number): void {
    const due = this.#due;
    this.#due = [];
    for (const sequence of due) {
      if (sequence.state !== 'running') continue;
      const { id, ends } = sequence.work.produce();
      sequence.append(id);
      if (sequence.producedTokens === 1) sequence.firstTokenMs = nowMs;
      const finish = ends ? 'stop' : sequence.producedTokens >= sequence.work.maxTokens ? 'length' : null;
      if (finish !== null) {
        this.#leave(sequence);
        sequence.state = 'finished';
        sequence.finishedMs = nowMs;
        this.#observer.finished(sequence, finish, nowMs);
      }
      this.#observer.produced(sequence, nowMs);
      sequence.work.produced(finish);
    }
  }

  /** Every sequence is lost, as when the engine process is killed. */
  die(): void {
    const lost = [...this.#running, ...this.#waiting];
    this.#waiting.length = 0;
    for (const sequence of lost) {
      if (sequence.state === 'running') this.#leave(sequence);
      sequence.state = 'finished';
      sequence.work.failed();
    }
  }

  /** vLLM admits a prompt only when the whole of it fits the free KV; nobody overtakes the head of the queue. */
  #admit(sequence: Sequence, nowMs: number): boolean {
    const { blockTokens } = this.options;
    // At least one token is always computed: the last one's logits are needed.
    const cacheable = Math.min(Math.floor((sequence.knownTokens - 1) / blockTokens), sequence.hashes.length);
    const hits = this.cache.match(sequence.hashes, cacheable);
    const fresh = Math.ceil(sequence.knownTokens / blockTokens) - hits;
    if (!this.cache.admit(sequence.hashes, hits, fresh)) return false;
    this.#waiting.shift();
    this.#running.push(sequence);
    sequence.state = 'running';
    sequence.publishedBlocks = hits;
    sequence.privateBlocks = fresh;
    sequence.computedTokens = hits * blockTokens;
    if (sequence.preemptions === 0) {
      sequence.cachedTokens = sequence.computedTokens;
      sequence.scheduledMs = nowMs;
      this.#observer.admitted(sequence);
    }
    return true;
  }

  /** A running sequence needs a block for its next token; the youngest running ones give way until there is one. */
  #makeRoom(sequence: Sequence): boolean {
    const { blockTokens } = this.options;
    const needed = Math.ceil(sequence.knownTokens / blockTokens);
    while (sequence.publishedBlocks + sequence.privateBlocks < needed) {
      if (this.cache.grow()) {
        sequence.privateBlocks += 1;
        continue;
      }
      const youngest = this.#running.at(-1);
      if (youngest === undefined) return false;
      this.#preempt(youngest);
      if (youngest === sequence) return false;
    }
    return true;
  }

  #preempt(sequence: Sequence): void {
    this.#leave(sequence);
    this.#due = this.#due.filter((other) => other !== sequence);
    sequence.state = 'waiting';
    sequence.computedTokens = 0;
    sequence.preemptions += 1;
    this.#waiting.unshift(sequence);
    this.#observer.preempted();
  }

  #compute(sequence: Sequence, tokens: number): void {
    sequence.computedTokens += tokens;
    const full = Math.floor(sequence.computedTokens / this.options.blockTokens);
    while (sequence.publishedBlocks < full) {
      this.cache.publish(sequence.hashes[sequence.publishedBlocks] ?? 0);
      sequence.publishedBlocks += 1;
      sequence.privateBlocks -= 1;
    }
  }

  #leave(sequence: Sequence): void {
    this.#running = this.#running.filter((other) => other !== sequence);
    this.cache.release(sequence.hashes.slice(0, sequence.publishedBlocks), sequence.privateBlocks);
    sequence.publishedBlocks = 0;
    sequence.privateBlocks = 0;
  }
}
