// A process that does nothing but keep a ledger, for tests that kill it. Requests without end, each opened, metered and
// closed; every step that was confirmed is a line on stdout: `open 12`, `close 12`. A line on stdin ends it in order.
// Run: node libs/ledger/testing/ledger-process.ts FOLDER DATABASE_URL FIRST_NUMBER
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '#database';
import { DatabaseSink, OutboxLedger } from '#ledger';
import { anIntent, aRow } from '../src/ledger-under-test.ts';

const [folder = '', url = '', first = '0'] = process.argv.slice(2);
const CALLERS = 40;
/** Short, so that a black hole is noticed within a test. */
const TIMES = { connectTimeoutMs: 300, statementTimeoutMs: 1_000 };
const DRAIN_MS = 60_000;

const options = { kind: 'postgres', url, maxConnections: 2, ...TIMES } as const;
const database = await openDatabase(options, { signal: AbortSignal.timeout(10_000) });
const ledger = await OutboxLedger.start(
  {
    folder,
    maxRows: 1_000_000,
    batchRows: 100,
    gatherMs: 5,
    tickMs: 20,
    maxPauseMs: 100,
    sinkTimeoutMs: 1_000,
  },
  { sink: new DatabaseSink(database), onEvent: (event) => say(`event ${event.kind}`) },
);
say('ready');
let isEnding = false;
once(process.stdin, 'data').then(() => {
  isEnding = true;
});
let next = Number(first);
await Promise.all(Array.from({ length: CALLERS }, keepAsking));
const isEmpty = await ledger.drain(AbortSignal.timeout(DRAIN_MS));
say(isEmpty ? 'drained' : 'not drained');
await ledger.close();
await database.close();
process.exit(0);

async function keepAsking(): Promise<void> {
  while (!isEnding) {
    const number = next++;
    const started_at = new Date().toISOString();
    const intent = anIntent(number, {
      started_at,
      tenant: `tenant-${number % 5}`,
      key_id: `key00000000${number % 7}`,
    });
    const entry = await ledger.open(intent);
    if (entry === 'full') throw new Error('full');
    say(`open ${number}`);
    // Some outlive the process, whenever it is killed.
    for (let tokens = 1; tokens <= number % 40; tokens++) {
      entry.meter(tokens);
      await sleep(2);
    }
    entry.close(aRow(intent, { completion_tokens: number % 40, ended_at: new Date().toISOString() }));
    say(`close ${number}`);
  }
}

/** To a pipe this is synchronous: what was said before a kill is heard. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
