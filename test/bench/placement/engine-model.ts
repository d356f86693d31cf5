// One vLLM worker as a queueing model in virtual time: first come first served, chunked prefill mixed with decode, a
// KV cache with prefix re-use. Not a measurement of vLLM: rankings of policies travel, absolute seconds do not.
import { KvCache } from './kv-cache.ts';
import type { ReplayRequest } from './replay-request.ts';

export interface EngineOptions {
  readonly prefillTokensPerS: number;
  readonly baseStepS: number;
  /** Added to a step by each running request. */
  readonly sequenceStepS: number;
  /** Tokens a step computes at most (vLLM --max-num-batched-tokens). */
  readonly chunkTokens: number;
  readonly maxSequences: number;
  readonly kvBlocks: number;
}

/** The study's worker: a 32B model on two 80 GB cards with fp8 KV, on the safe side. 878 = floor(450,000 / 512). */
export const ENGINE: EngineOptions = {
  prefillTokensPerS: 8_000,
  baseStepS: 0.025,
  sequenceStepS: 0.0001,
  chunkTokens: 2_048,
  maxSequences: 256,
  kvBlocks: 878,
};

interface EngineEvents {
  firstToken(request: ReplayRequest): void;
  finished(request: ReplayRequest): void;
  /** The step just ended gave each of so many requests one more token. */
  decoded(sequences: number): void;
}

/** First come, first served; several engines may pull from one. */
export class WaitQueue {
  #requests: ReplayRequest[] = [];
  #head = 0;

  get length(): number {
    return this.#requests.length - this.#head;
  }
  get first(): ReplayRequest | undefined {
    return this.#requests[this.#head];
  }
  push(request: ReplayRequest): void {
    this.#requests.push(request);
  }
  shift(): void {
    this.#head++;
    if (this.#head < 1_024) return;
    this.#requests = this.#requests.slice(this.#head);
    this.#head = 0;
  }
}

interface Prefill {
  readonly request: ReplayRequest;
  left: number;
}

export class EngineModel {
  readonly #options: EngineOptions;
  readonly #events: EngineEvents;
  readonly #waiting: WaitQueue;
  readonly #kv: KvCache;
  /** The one prompt that is partly computed. */
  #part: Prefill | null = null;
  /** Running requests by the step in which they finish. */
  readonly #finishing = new Map<number, ReplayRequest[]>();
  #running = 0;
  #step = 0;
  /** Requests whose prefill the current step completes. */
  #done: ReplayRequest[] = [];
  #stepEndsS = Number.POSITIVE_INFINITY;
  #computedTokens = 0;

  constructor(options: EngineOptions, events: EngineEvents, waiting = new WaitQueue()) {
    this.#options = options;
    this.#events = events;
    this.#waiting = waiting;
    this.#kv = new KvCache(options.kvBlocks);
  }

  /** When the current step ends; infinite while idle. */
  get stepEndsS(): number {
    return this.#stepEndsS;
  }
  get running(): number {
    return this.#running;
  }
  get usedBlocks(): number {
    return this.#kv.usedBlocks;
  }
  get computedTokens(): number {
    return this.#computedTokens;
  }

  accept(request: ReplayRequest, nowS: number): void {
    this.#waiting.push(request);
    this.wake(nowS);
  }

  /** Starts a step if none is under way; a step under way sees new requests when it ends. */
  wake(nowS: number): void {
    if (this.#stepEndsS === Number.POSITIVE_INFINITY) this.#startStep(nowS);
  }

  endStep(): void {
    const nowS = this.#stepEndsS;
    const decoded = this.#running;
    this.#step++;
    this.#events.decoded(decoded);
    for (const request of this.#finishing.get(this.#step) ?? []) {
      this.#running--;
      this.#finish(request, nowS);
    }
    this.#finishing.delete(this.#step);
    for (const request of this.#done) this.#giveFirstToken(request, nowS);
    this.#startStep(nowS);
  }

  #giveFirstToken(request: ReplayRequest, nowS: number): void {
    request.firstTokenS = nowS;
    this.#events.firstToken(request);
    if (request.outputTokens <= 1) {
      this.#finish(request, nowS);
      return;
    }
    const finishStep = this.#step + request.outputTokens - 1;
    const together = this.#finishing.get(finishStep);
    if (together) together.push(request);
    else this.#finishing.set(finishStep, [request]);
    this.#running++;
  }

  #finish(request: ReplayRequest, nowS: number): void {
    request.finishedS = nowS;
    this.#kv.release(request);
    this.#events.finished(request);
  }

  #startStep(nowS: number): void {
    const { chunkTokens, prefillTokensPerS, baseStepS, sequenceStepS } = this.#options;
    const used = this.#prefill(chunkTokens - this.#running);
    if (used === 0 && this.#running === 0) {
      this.#stepEndsS = Number.POSITIVE_INFINITY;
      return;
    }
    const stepS = used > 0 ? Math.max(baseStepS, used / prefillTokensPerS) : baseStepS;
    this.#stepEndsS = nowS + stepS + sequenceStepS * this.#running;
  }

  /** Computes prompts in order within the budget; gives the tokens computed. */
  #prefill(budgetTokens: number): number {
    let budget = budgetTokens;
    this.#done = [];
    if (this.#part) budget -= this.#compute(this.#part, budget);
    while (budget > 0 && !this.#part && this.#running + this.#done.length < this.#options.maxSequences) {
      const request = this.#waiting.first;
      if (!request) break;
      const hits = this.#kv.admit(request);
      // No room in the KV: the head of the queue blocks it, nobody overtakes.
      if (hits === null) break;
      this.#waiting.shift();
      request.hitTokens = hits * 512;
      budget -= this.#compute({ request, left: request.promptTokens - request.hitTokens }, budget);
    }
    this.#computedTokens += budgetTokens - budget;
    return budgetTokens - budget;
  }

  #compute(prefill: Prefill, budget: number): number {
    const tokens = Math.min(budget, prefill.left);
    prefill.left -= tokens;
    this.#part = prefill.left === 0 ? null : prefill;
    if (prefill.left === 0) this.#done.push(prefill.request);
    return tokens;
  }
}
