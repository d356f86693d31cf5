// Two other ways to keep the last requests, for recent-requests.bench.ts: they copy what a record tells instead of holding it.
import { type RequestRecord, STEP_NAMES } from '#telemetry';

export interface Keeper {
  keep(record: RequestRecord): void;
}

/** The numbers, steps and texts of a request behind each other, in one piece of memory allocated at the start. */
export class ByteRing implements Keeper {
  static readonly #SLOT_BYTES = 1_024;
  readonly #keep: number;
  readonly #bytes: Buffer;
  #next = 0;

  constructor(keep: number) {
    this.#keep = keep;
    this.#bytes = Buffer.alloc(keep * ByteRing.#SLOT_BYTES);
  }

  keep(record: RequestRecord): void {
    const bytes = this.#bytes;
    const start = this.#next * ByteRing.#SLOT_BYTES;
    let at = start;
    const number = (value: number | null) => {
      at = bytes.writeDoubleLE(value ?? Number.NaN, at);
    };
    const text = (value: string | null) => {
      const length = value === null ? 0 : Math.min(value.length, start + ByteRing.#SLOT_BYTES - at - 2, 250);
      bytes[at++] = length;
      if (value !== null) at += bytes.write(value, at, length, 'latin1');
    };
    for (const value of numbersOf(record)) number(value);
    const steps = record.steps.list(record.endedMs ?? 0);
    bytes[at++] = steps.length;
    for (const { name, startedMs } of steps) {
      bytes[at++] = STEP_NAMES.indexOf(name);
      number(startedMs);
    }
    for (const value of textsOf(record)) text(value);
    for (const { name, whyNot, windowTokens, headroom } of record.pools) {
      text(name);
      text(whyNot);
      number(windowTokens);
      number(headroom);
    }
    for (const { worker, pool, outcome, started_ms, ended_ms } of record.tried) {
      text(worker);
      text(pool);
      text(outcome);
      number(started_ms);
      number(ended_ms);
    }
    this.#next = (this.#next + 1) % this.#keep;
  }
}

/** One array for the numbers, one for the references; only the id of the request is young. */
export class ColumnRing implements Keeper {
  static readonly #NUMBERS = 64;
  static readonly #TEXTS = 32;
  readonly #keep: number;
  readonly #numbers: Float64Array;
  readonly #texts: (string | null)[];
  #next = 0;

  constructor(keep: number) {
    this.#keep = keep;
    this.#numbers = new Float64Array(keep * ColumnRing.#NUMBERS);
    this.#texts = new Array<string | null>(keep * ColumnRing.#TEXTS).fill(null);
  }

  keep(record: RequestRecord): void {
    let number = this.#next * ColumnRing.#NUMBERS;
    let text = this.#next * ColumnRing.#TEXTS;
    for (const value of numbersOf(record)) this.#numbers[number++] = value ?? Number.NaN;
    for (const value of textsOf(record)) this.#texts[text++] = value;
    for (const { name, startedMs } of record.steps.list(record.endedMs ?? 0)) {
      this.#numbers[number++] = STEP_NAMES.indexOf(name);
      this.#numbers[number++] = startedMs;
    }
    for (const { name, whyNot, windowTokens, headroom } of record.pools) {
      this.#texts[text++] = name;
      this.#texts[text++] = whyNot;
      this.#numbers[number++] = windowTokens;
      this.#numbers[number++] = headroom;
    }
    for (const { worker, pool, outcome, started_ms, ended_ms } of record.tried) {
      this.#texts[text++] = worker;
      this.#texts[text++] = pool;
      this.#texts[text++] = outcome;
      this.#numbers[number++] = started_ms;
      this.#numbers[number++] = ended_ms;
    }
    this.#next = (this.#next + 1) % this.#keep;
  }
}

function numbersOf(record: RequestRecord): readonly (number | null)[] {
  return [
    record.startedMs,
    record.endedMs,
    record.status,
    record.promptTokens,
    record.outputBudget,
    record.windowTokens,
    record.headroom,
    record.queueMs,
    record.dispatchedMs,
    record.firstTokenMs,
    record.workerMs,
    record.bodyReadMs,
    record.completionTokens,
    record.cachedTokens,
    record.reasoningTokens,
  ];
}

function textsOf(record: RequestRecord): readonly (string | null)[] {
  return [
    record.requestId,
    record.correlationId,
    record.tenant,
    record.keyId,
    record.model,
    record.outputBudgetSource,
    record.pool,
    record.rope,
    record.reason,
    record.outcome,
    record.faultCode,
    record.finishReason,
  ];
}
