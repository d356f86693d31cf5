// The record of one request in words: why it went where it went, and where its time went. Made when somebody asks.
import { type OutputBudgetSource, ropeName } from '#protocol';
import { explainChoice, type RouteReason, tellWhyNot } from '#routing';
import { foreignText, overheadMs, type PoolStory, type RequestRecord, type RequestStory } from '#telemetry';

interface Telling {
  readonly gateway: string;
  readonly nowMs: number;
  /** Wall clock at `nowMs`. */
  readonly now: Date;
}

export function tellRequest(record: RequestRecord, { gateway, nowMs, now }: Telling): RequestStory {
  const hasEnded = record.endedMs !== null;
  const untilMs = record.endedMs ?? nowMs;
  const totalMs = untilMs - record.startedMs;
  return {
    request_id: record.requestId,
    correlation_id: foreignText(record.correlationId),
    trace_id: record.trace?.traceId ?? null,
    gateway,
    state: hasEnded ? 'ended' : 'running',
    started_at: new Date(now.getTime() - (nowMs - record.startedMs)).toISOString(),
    duration_ms: rounded(totalMs),
    endpoint: record.endpoint,
    stream: record.stream,
    tenant: record.tenant,
    key_id: record.keyId,
    model: foreignText(record.model),
    outcome: hasEnded ? record.outcome : null,
    status: hasEnded ? record.status : null,
    fault: record.faultCode,
    limit: record.limit,
    retry_after_ms: record.retryAfterMs === null ? null : Math.ceil(record.retryAfterMs),
    prompt_tokens: record.promptTokens,
    output_budget: record.outputBudget,
    output_budget_source: record.outputBudgetSource,
    demand: demandOf(record),
    pool: record.pool,
    rope: record.rope,
    window: record.windowTokens,
    headroom: record.headroom,
    reason: record.reason,
    explanation: explanationOf(record),
    pools: poolsOf(record),
    steps: record.steps.list(untilMs).map(({ name, startedMs, endedMs }) => ({
      name,
      at_ms: rounded(startedMs - record.startedMs),
      took_ms: rounded(endedMs - startedMs),
    })),
    attempts: attemptsOf(record),
    queue_ms: rounded(record.queueMs),
    first_token_ms: record.firstTokenMs === null ? null : rounded(record.firstTokenMs - record.startedMs),
    overhead_ms: hasEnded ? rounded(overheadMs(record, totalMs)) : null,
    usage: {
      cached_tokens: record.cachedTokens,
      completion_tokens: record.completionTokens,
      reasoning_tokens: record.reasoningTokens,
    },
    finish_reason: foreignText(record.finishReason),
  };
}

function demandOf({ promptTokens, outputBudget }: RequestRecord): number | null {
  return promptTokens === null || outputBudget === null ? null : promptTokens + outputBudget;
}

function explanationOf(record: RequestRecord): string | null {
  const { pool, windowTokens, promptTokens, outputBudget, outputBudgetSource, reason, pools } = record;
  const tokens = demandOf(record);
  if (pool === null || windowTokens === null || tokens === null || reason === null) return null;
  return explainChoice({
    demand: {
      promptTokens: promptTokens ?? 0,
      outputBudget: outputBudget ?? 0,
      tokens,
      // As the router wrote it: the record has it as a plain word.
      outputBudgetSource: (outputBudgetSource ?? 'assumed') as OutputBudgetSource,
    },
    pool: { name: pool, windowTokens },
    pools,
    reason: reason as RouteReason,
  });
}

function poolsOf({ pools, pool: chosen }: RequestRecord): readonly PoolStory[] {
  return pools.map((pool) => {
    const { name, rope, windowTokens: window, fits, headroom } = pool;
    return { name, rope: ropeName(rope), window, fits, headroom, why_not: tellWhyNot(pool, chosen) };
  });
}

/** A worker that is being asked stands in the record, but not yet among those tried. */
function attemptsOf(record: RequestRecord): RequestStory['attempts'] {
  const ended = record.tried.map(({ worker, pool, started_ms, ended_ms, outcome }, index) => ({
    worker,
    pool,
    started_ms,
    ended_ms,
    outcome,
    cause: outcome === 'retry' ? (record.gaveUp?.[index] ?? null) : null,
  }));
  if (record.endedMs !== null || record.attempts === ended.length || record.dispatchedMs === null)
    return ended;
  const running = {
    worker: record.worker ?? '',
    pool: record.pool ?? '',
    started_ms: Math.round(record.dispatchedMs - record.startedMs),
    ended_ms: null,
    outcome: null,
    cause: null,
  };
  return [...ended, running];
}

/** Microseconds are enough. */
function rounded(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000) / 1_000);
}
