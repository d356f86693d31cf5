// What traces cost a request: begun, an attempt, six steps, ended, and put into a batch that leaves for nowhere. Off is what the
// pipeline does without them; the parts take turns, so that what else the machine does meets all of them.
// Run: node test/bench/tracing.bench.ts
import { openSync } from 'node:fs';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { createLogger, newRequestRecord, type RequestRecord, Telemetry } from '#telemetry';
import { OtelTracing } from '../../libs/telemetry/src/tracing/otel-tracing.ts';

const REQUESTS = 3_000;
const ROUNDS = 15;
const STEPS = ['read', 'parse', 'count', 'route', 'reserve', 'attempt'] as const;
const nowhere = {
  export: (_: unknown, done: (result: ExportResult) => void) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: async () => {},
};
const log = createLogger({ level: 'info', destination: openSync('/dev/null', 'w') });

function telemetryWith(ratio: number | null): Telemetry {
  if (ratio === null) return new Telemetry({ log, version: '0.0.0' });
  const options = {
    url: 'http://127.0.0.1:9/v1/traces',
    headers: {},
    ratio,
    obeysCallers: true,
    serviceName: 'ropeway',
    maxQueuedSpans: 1_000_000,
    exportTimeoutMs: 1_000,
    flushMs: 0,
  };
  const tracing = new OtelTracing(options, { version: '0.0.0', exporter: nowhere, onLost: () => {} });
  return new Telemetry({ log, version: '0.0.0', tracing });
}

function request(telemetry: Telemetry): RequestRecord {
  const record = newRequestRecord('r', 'chat', performance.now());
  telemetry.begin(record, {});
  Object.assign(record, {
    model: 'qwq-32b',
    pool: 'default',
    rope: 'default',
    outcome: 'completed',
    status: 200,
  });
  for (const step of STEPS) record.steps.enter(step);
  record.trace?.startAttempt({ worker: 'http://10.0.0.7:8000', pool: 'default' });
  record.trace?.endAttempt({ outcome: 'finished', firstTokenMs: null });
  telemetry.record(record);
  return record;
}

/** CPU of this thread, us a request. */
async function round(telemetry: Telemetry): Promise<number> {
  const before = process.threadCpuUsage();
  for (let index = 0; index < REQUESTS; index++) request(telemetry);
  const { user, system } = process.threadCpuUsage(before);
  // Batches leave between two rounds.
  await new Promise((resolve) => setImmediate(resolve));
  return (user + system) / REQUESTS;
}

const kinds = {
  off: telemetryWith(null),
  none: telemetryWith(0),
  percent: telemetryWith(0.01),
  all: telemetryWith(1),
};
const measured: Record<string, number[]> = { off: [], none: [], percent: [], all: [] };
for (let turn = 0; turn < ROUNDS; turn++)
  for (const [name, telemetry] of Object.entries(kinds)) measured[name]?.push(await round(telemetry));
const median = (values: readonly number[]) =>
  Math.round(([...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0) * 100) / 100;
const result = Object.fromEntries(
  Object.entries(measured).map(([name, values]) => [`${name}_us`, median(values)]),
);
console.table(result);
console.log(JSON.stringify(result));
process.exit(0);
