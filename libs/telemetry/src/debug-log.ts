// For requests somebody wants to follow: a line a step, whatever the level of the rest. Made from the record when the request
// has ended, so that following one does not slow it; in the words of the request's own line.
import type { ProcessLogger } from './create-logger.ts';
import { foreignText } from './foreign-text.ts';
import type { RequestRecord } from './request-record.ts';
import type { StepName } from './step-times.ts';

/** Whose requests are followed; both empty: nobody's. */
export interface Followed {
  /** Names of tenants. */
  readonly tenants: readonly string[];
  /** Ids of keys. */
  readonly keys: readonly string[];
}

export class DebugLog {
  readonly #log: Pick<ProcessLogger, 'writeLine'>;
  #tenants: ReadonlySet<string> = new Set();
  #keys: ReadonlySet<string> = new Set();

  constructor(log: Pick<ProcessLogger, 'writeLine'>) {
    this.#log = log;
  }

  follow({ tenants, keys }: Followed): void {
    this.#tenants = new Set(tenants);
    this.#keys = new Set(keys);
  }

  /** One look-up at most where nobody is followed. */
  record(record: RequestRecord, endedMs: number): void {
    if (this.#tenants.size === 0 && this.#keys.size === 0) return;
    const { tenant, keyId } = record;
    if (tenant === null || keyId === null) return;
    if (this.#tenants.has(tenant) || this.#keys.has(keyId)) this.#write(record, endedMs);
  }

  #write(record: RequestRecord, endedMs: number): void {
    let attempts = 0;
    for (const { name, startedMs, endedMs: untilMs } of record.steps.list(endedMs)) {
      const found = name === 'attempt' ? attemptOf(record, attempts++) : foundBy(name, record);
      const line = {
        level: 'debug',
        time: Date.now(),
        msg: 'step',
        request_id: record.requestId,
        step: name,
        at_ms: rounded(startedMs - record.startedMs),
        took_ms: rounded(untilMs - startedMs),
        ...found,
      };
      this.#log.writeLine(`${JSON.stringify(line)}\n`);
    }
  }
}

/** What the step found out. Of a step that was taken twice, what it found the last time. */
function foundBy(step: Exclude<StepName, 'attempt'>, record: RequestRecord): object {
  switch (step) {
    case 'identify':
      return { tenant: record.tenant, key_id: record.keyId };
    case 'read':
      return { body_bytes: record.bodyBytes };
    case 'parse':
      return { model: foreignText(record.model), stream: record.stream };
    case 'count':
      return { prompt_tokens: record.promptTokens };
    case 'route':
      return {
        pool: record.pool,
        rope: record.rope,
        reason: record.reason,
        output_budget_tokens: record.outputBudget,
        output_budget_source: record.outputBudgetSource,
        pools: record.pools.map(({ name, headroom, whyNot }) => ({ name, headroom, why_not: whyNot })),
      };
    case 'wait':
      return { queue_ms: rounded(record.queueMs), cold: record.isCold };
    case 'charge':
      return { outcome: record.outcome, status: record.status, fault: record.faultCode };
    case 'reserve':
    case 'intend':
      return {};
  }
}

function attemptOf(record: RequestRecord, at: number): object {
  const { worker, pool, outcome } = record.tried[at] ?? {
    worker: record.worker,
    pool: record.pool,
    outcome: null,
  };
  return { worker, pool, outcome, given_up_for: outcome === 'retry' ? (record.gaveUp?.[at] ?? null) : null };
}

function rounded(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000) / 1_000);
}
