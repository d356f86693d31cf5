// What a log line costs on its way out, its text given: gathered as text by sonic-boom itself, or as bytes in a page of ours
// before it (docs/adr/0017). Each way in a process of its own, round by round in turn; CPU of the process, threads included.
// Run: node test/bench/log-lines.bench.ts
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { createLogger, newRequestRecord, type ProcessLogger, type RequestRecord } from '#telemetry';
import { logRequest } from '../../libs/telemetry/src/request-log.ts';
import { median, round } from './load/figures.ts';

const ROUNDS = 5;
const WARM_TURNS = 3_000;
const TURNS = 10_000;
/** Requests that end in one turn of the event loop, under load. */
const PER_TURN = 12;
/** As it was before: the most that sonic-boom gathered, and how long. */
const GATHERED = { minLength: 8_192, maxLength: 32 * 1024 * 1024, periodicFlush: 200 };

const WAYS = {
  /** Only the text is made. */
  nowhere: () => logTo(() => {}),
  text: () => {
    const stream = pino.destination({ dest: openSync('/dev/null', 'w'), sync: false, ...GATHERED });
    return logTo((line) => void stream.write(line));
  },
  pages: () => createLogger({ level: 'info', destination: openSync('/dev/null', 'w') }),
} as const satisfies Record<string, () => ProcessLogger>;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];

const [asked] = process.argv.slice(2);
if (asked === undefined) compare();
else console.log(await measure(WAYS[asked as Way]()));

function compare(): void {
  const found = new Map<Way, number[]>(NAMES.map((name) => [name, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (const name of NAMES) {
      const args = [import.meta.filename, name];
      found.get(name)?.push(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  const rows = NAMES.map((name) => {
    const figures = found.get(name) ?? [];
    return { name, cpu_us: round(median(figures), 2), lowest_us: round(Math.min(...figures), 2) };
  });
  console.table(rows);
  console.log(JSON.stringify(rows));
}

/** Microseconds a line. */
async function measure(log: ProcessLogger): Promise<number> {
  let index = 0;
  const turns = async (most: number) => {
    for (let turn = 0; turn < most; turn += 1) {
      for (let at = 0; at < PER_TURN; at += 1) logRequest(log, aRecord(index++), 3.456 + at / 1_000);
      await nextTurn();
    }
  };
  await turns(WARM_TURNS);
  const before = process.cpuUsage();
  await turns(TURNS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (TURNS * PER_TURN);
}

function logTo(write: (line: string) => void): ProcessLogger {
  return {
    ...createLogger({ level: 'info', destination: { write } }),
    writeLine: write,
  };
}

function aRecord(index: number): RequestRecord {
  const startedMs = 1_000 + index;
  return Object.assign(newRequestRecord(`req-${index.toString(16).padStart(32, '0')}`, 'chat', startedMs), {
    outcome: 'completed',
    status: 200,
    tenant: 'acme',
    keyId: 'AAAAAAAAAAAA',
    model: 'qwq-32b',
    bodyBytes: 95,
    promptTokens: 1_500,
    outputBudget: 8_192,
    outputBudgetSource: 'assumed',
    pool: 'default',
    rope: 'default',
    windowTokens: 40_960,
    headroom: 31_268,
    reason: 'smallest-rope',
    worker: 'http://10.0.0.1:8000',
    attempts: 1,
    completionTokens: 12 + (index % 5),
    reasoningTokens: 3,
    cachedTokens: 0,
    finishReason: 'stop',
    bodyReadMs: 0.125,
    countMs: 0.0625,
    firstTokenMs: startedMs + 2.5,
    workerMs: 2.123,
  } as const);
}
