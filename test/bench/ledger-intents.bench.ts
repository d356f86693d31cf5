// What the ledger costs a request: an intent on disk before dispatch, a row after the answer. Open loop at 1,000 requests
// a second (time of the event loop's own thread a request, how long `open` is waited for), then 64 callers in a closed
// loop (requests a second). Bounds: 15 us a request on the event loop. The disk decides the rest: say which.
// Run: node test/bench/ledger-intents.bench.ts [seconds] [folder]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, type LedgerIntent, type LedgerRow, OutboxLedger } from '#ledger';

interface LedgerResult {
  /** CPU of the event loop's thread for open, four ticks and close, less that of making the objects. */
  readonly loop_us: number;
  readonly open_p50_ms: number;
  readonly open_p99_ms: number;
  readonly requests_per_second: number;
  readonly paced_requests_per_second: number;
}

const SECONDS = Number(process.argv[2] ?? 5);
const FOLDER = process.argv[3] ?? tmpdir();
const PACE = Number(process.argv[4] ?? 1_000);
const ANSWER_MS = 50;
const CALLERS = 64;
const LOOP_BOUND_US = 15;

/** What making the objects costs by itself. */
const NOTHING_KEPT: Pick<Ledger, 'open'> = {
  open: () => Promise.resolve({ meter() {}, close() {} }),
};

const folder = mkdtempSync(join(FOLDER, 'ropeway-ledger-bench-'));
try {
  const bare = await paced(NOTHING_KEPT, SECONDS);
  const ledger = await OutboxLedger.start(
    { folder, maxRows: 10_000_000, batchRows: 500 },
    { sink: { write: async () => {} }, onEvent: (event) => console.error(event) },
  );
  await paced(ledger, 1);
  const busy = await paced(ledger, SECONDS);
  const closed = await closedLoop(ledger, SECONDS);
  await ledger.drain(AbortSignal.timeout(60_000));
  await ledger.close();
  const result: LedgerResult = {
    loop_us: round(busy.loopUs - bare.loopUs),
    open_p50_ms: round(quantile(busy.openMs, 0.5)),
    open_p99_ms: round(quantile(busy.openMs, 0.99)),
    paced_requests_per_second: Math.round(busy.perSecond),
    requests_per_second: Math.round(closed),
  };
  console.table(result);
  console.log(JSON.stringify(result));
  if (result.loop_us > LOOP_BOUND_US) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A hundredth of a second's requests at a time, as a busy turn of the event loop finds them. */
async function paced(ledger: Pick<Ledger, 'open'>, seconds: number) {
  const openMs: number[] = [];
  const running: Promise<void>[] = [];
  const startMs = performance.now();
  const before = process.threadCpuUsage();
  let count = 0;
  for (let nowMs = startMs; nowMs < startMs + seconds * 1_000; nowMs = performance.now()) {
    for (const due = ((nowMs - startMs) / 1_000) * PACE; count < due; count++) {
      running.push(request(ledger, count, openMs, ANSWER_MS));
    }
    await sleep(1);
  }
  await Promise.all(running);
  const { user, system } = process.threadCpuUsage(before);
  return {
    openMs,
    loopUs: (user + system) / count,
    perSecond: (count * 1_000) / (performance.now() - startMs),
  };
}

async function closedLoop(ledger: Pick<Ledger, 'open'>, seconds: number): Promise<number> {
  const startMs = performance.now();
  let count = 0;
  const call = async () => {
    while (performance.now() < startMs + seconds * 1_000) await request(ledger, count++, [], 0);
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  return (count * 1_000) / (performance.now() - startMs);
}

async function request(
  ledger: Pick<Ledger, 'open'>,
  number: number,
  openMs: number[],
  answerMs: number,
): Promise<void> {
  const intent = intentOf(number);
  const startMs = performance.now();
  const entry = await ledger.open(intent);
  openMs.push(performance.now() - startMs);
  if (entry === 'full') throw new Error('the outbox is full');
  if (answerMs > 0) await sleep(answerMs);
  for (let tokens = 1; tokens <= 4; tokens++) entry.meter(tokens);
  entry.close(rowOf(intent));
}

function intentOf(number: number): LedgerIntent {
  return {
    request_id: `req_${number.toString(36).padStart(22, '0')}`,
    started_at: '2026-11-23T10:00:00.000Z',
    tenant: 'acme',
    key_id: 'k7v9q2m4k7v9',
    lineage: 'k7v9q2m4k7v9',
    environment: 'live',
    endpoint: 'chat',
    model: 'Qwen/QwQ-32B',
    pool: 'default',
    rope: 'none',
    window_tokens: 40_960,
    stream: true,
    prompt_tokens: 1_234,
    pool_weight_milli: 1_000,
  };
}

function rowOf(intent: LedgerIntent): LedgerRow {
  return {
    ...intent,
    ended_at: '2026-11-23T10:00:00.050Z',
    outcome: 'completed',
    fault: null,
    finish_reason: 'stop',
    cached_tokens: 1_024,
    reasoning_tokens: 400,
    completion_tokens: 456,
    is_exact: true,
    cost_micro: 12_345,
    queue_ms: 0,
    first_token_ms: 12,
    duration_ms: 50,
    attempts: [
      {
        worker: 'http://10.0.0.17:8000',
        pool: 'default',
        started_ms: 1,
        ended_ms: 50,
        outcome: 'finished',
      },
    ],
  };
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
