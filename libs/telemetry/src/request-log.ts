// The one log line of a request, in the shape pino gives its lines. It is put together by hand because pino's own
// serialiser took 9 us for these fields, where all metrics of a request take 1 (test/bench/telemetry-scrape.bench.ts).
// Fields are taken by name, so nothing else a record may ever hold gets out: no prompt, no answer, no key, no header.
import type { ProcessLogger } from './create-logger.ts';
import { foreignText } from './foreign-text.ts';
import type { RequestRecord } from './request-record.ts';
import { overheadMs } from './route-metrics.ts';

/** Completed and refused requests are the ordinary day; a failure wants eyes; a caller that leaves is no error. */
const LEVELS = { completed: 'info', refused: 'info', failed: 'error', client_closed: 'debug' } as const;

export function logRequest(log: ProcessLogger, record: RequestRecord, totalMs: number): void {
  const level = LEVELS[record.outcome];
  if (!log.logger.isLevelEnabled(level)) return;
  log.writeLine(`{"level":"${level}","time":${Date.now()},"msg":"request"${fieldsOf(record, totalMs)}}\n`);
}

/** Flat, snake_case, units last. What is not known is left out. */
function fieldsOf(record: RequestRecord, totalMs: number): string {
  return (
    known('request_id', record.requestId) +
    word('correlation_id', foreignText(record.correlationId)) +
    known('trace_id', record.trace === null ? null : record.trace.traceId) +
    known('endpoint', record.endpoint) +
    known('outcome', record.outcome) +
    count('status', record.status) +
    known('fault', record.faultCode) +
    word('cause', record.outcome === 'failed' ? withoutQuotes(foreignText(record.cause)) : null) +
    known('tenant', record.tenant) +
    known('key_id', record.keyId) +
    word('model', foreignText(record.model)) +
    `,"stream":${record.stream}` +
    count('body_bytes', record.bodyBytes) +
    count('prompt_tokens', record.promptTokens) +
    count('output_budget_tokens', record.outputBudget) +
    known('output_budget_source', record.outputBudgetSource) +
    known('pool', record.pool) +
    known('rope', record.rope) +
    count('window_tokens', record.windowTokens) +
    count('headroom_tokens', record.headroom) +
    known('reason', record.reason) +
    word('worker', record.worker) +
    count('attempts', record.attempts) +
    (record.spilled ? ',"spilled":true' : '') +
    (record.isCold ? ',"cold":true' : '') +
    count('completion_tokens', record.completionTokens) +
    count('reasoning_tokens', record.reasoningTokens) +
    count('cached_tokens', record.cachedTokens) +
    word('finish_reason', foreignText(record.finishReason)) +
    timesOf(record, totalMs)
  );
}

function timesOf(record: RequestRecord, totalMs: number): string {
  const firstTokenMs = record.firstTokenMs === null ? null : record.firstTokenMs - record.startedMs;
  return (
    duration('body_read_ms', record.bodyReadMs) +
    duration('count_ms', record.countMs) +
    duration('queue_ms', record.queueMs) +
    duration('first_token_ms', firstTokenMs) +
    duration('worker_ms', record.workerMs) +
    duration('overhead_ms', overheadMs(record, totalMs)) +
    duration('total_ms', totalMs)
  );
}

function count(name: string, value: number | null): string {
  return value === null || !Number.isFinite(value) ? '' : `,"${name}":${value}`;
}

/** Microseconds are enough. Printed from a whole number: V8 takes ten times as long over a fraction. */
function duration(name: string, ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '';
  const us = Math.max(0, Math.round(ms * 1000));
  const rest = us % 1000;
  const whole = (us - rest) / 1000;
  if (rest === 0) return `,"${name}":${whole}`;
  return `,"${name}":${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}

/** A word of ours, or one the configuration lets only letters, digits and `._:/@-` be: needs no look. */
function known(name: string, value: string | null): string {
  return value === null ? '' : `,"${name}":"${value}"`;
}

/** Printable ASCII without quote and backslash: needs no escaping. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function word(name: string, value: string | null): string {
  if (value === null) return '';
  return `,"${name}":${PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)}`;
}

/** Errors quote what they choked on (V8's JSON.parse does), which may be a prompt. Short names in quotes stay. */
const QUOTED = /(["'`])(?:(?!\1).){25,}?\1/gs;

function withoutQuotes(text: string | null): string | null {
  return text === null ? null : text.replace(QUOTED, '$1…$1');
}
