// What it costs to keep the last 2,000 requests: CPU a request, V8's helper threads included, for three ways to keep them and for
// keeping none. Each in a process of its own, as the gateway is started, round by round in turn; the order turns too.
// Run: node test/bench/recent-requests.bench.ts
import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { newRequestRecord, RecentRequests, type RequestRecord, STEP_NAMES } from '#telemetry';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { median, round } from './load/figures.ts';
import { ByteRing, ColumnRing, type Keeper } from './recent-request-rings.ts';

const KEEP = 2_000;
const ROUNDS = 5;
const TURNS = 12_000;
/** Requests that begin and end in a turn; each lives 20 turns, so 200 run at a time. */
const PER_TURN = 10;
const TURNS_ALIVE = 20;
const WARM_TURNS = 2_000;
/** What else of a request dies young: bodies, headers, strings. */
const GARBAGE = 24;

const POOLS = [
  { name: 'default', rope: { type: 'default', factor: 1 }, windowTokens: 40_960 },
  { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, windowTokens: 65_536 },
  { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, windowTokens: 131_072 },
] as const;

const KEEPERS = {
  nothing: () => ({ keep: () => {} }),
  records: () => {
    const recent = new RecentRequests(KEEP);
    return { keep: (record: RequestRecord) => recent.add(record) };
  },
  bytes: () => new ByteRing(KEEP),
  columns: () => new ColumnRing(KEEP),
} as const satisfies Record<string, () => Keeper>;
type KeeperName = keyof typeof KEEPERS;
const NAMES = Object.keys(KEEPERS) as KeeperName[];

interface Figures {
  readonly cpu_us: number;
  readonly heap_mb: number;
  readonly external_mb: number;
}

const [asked] = process.argv.slice(2);
if (asked === undefined) compare();
else console.log(JSON.stringify(await measure(asked as KeeperName)));

function compare(): void {
  const found = new Map<KeeperName, Figures[]>(NAMES.map((name) => [name, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (let at = 0; at < NAMES.length; at += 1) {
      const name = NAMES[(turn + at) % NAMES.length];
      if (name === undefined) continue;
      const args = [...GATEWAY_FLAGS, '--expose-gc', import.meta.filename, name];
      const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
      found.get(name)?.push(JSON.parse(printed) as Figures);
    }
  }
  const base = middle(found.get('nothing') ?? [], 'cpu_us');
  const rows = NAMES.map((name) => {
    const figures = found.get(name) ?? [];
    const cpu_us = middle(figures, 'cpu_us');
    return {
      name,
      cpu_us: round(cpu_us, 2),
      over_nothing_us: round(cpu_us - base, 2),
      lowest_us: round(Math.min(...figures.map((each) => each.cpu_us)), 2),
      heap_mb: round(middle(figures, 'heap_mb'), 1),
      external_mb: round(middle(figures, 'external_mb'), 1),
    };
  });
  console.table(rows);
  console.log(JSON.stringify(rows));
}

function middle(figures: readonly Figures[], name: keyof Figures): number {
  return median(figures.map((each) => each[name]));
}

async function measure(name: KeeperName): Promise<Figures> {
  const keeper: Keeper = KEEPERS[name]();
  const running: RequestRecord[][] = [];
  let count = 0;
  const turns = async (most: number) => {
    for (let turn = 0; turn < most; turn += 1) {
      running.push(Array.from({ length: PER_TURN }, () => aRequest(count++)));
      if (running.length > TURNS_ALIVE) {
        for (const record of running.shift() ?? []) {
          record.endedMs = performance.now();
          keeper.keep(record);
        }
      }
      if (turn % 8 === 0) await nextTurn();
    }
  };
  await turns(WARM_TURNS);
  const before = process.cpuUsage();
  await turns(TURNS);
  const { user, system } = process.cpuUsage(before);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    cpu_us: (user + system) / (TURNS * PER_TURN),
    heap_mb: heapUsed / 2 ** 20,
    external_mb: external / 2 ** 20,
  };
}

/** As the pipeline fills it in: the same objects of the same age. */
function aRequest(index: number): RequestRecord {
  const record = newRequestRecord(`req-${index.toString(16).padStart(32, '0')}`, 'chat', performance.now());
  const garbage: unknown[] = [];
  for (let piece = 0; piece < GARBAGE; piece += 1)
    garbage.push({ piece, text: `${index}/${piece}`, list: [piece] });
  for (const name of STEP_NAMES.slice(1)) record.steps.enter(name, record.startedMs + 1);
  record.keyId = 'AAAAAAAAAAAA';
  record.tenant = 'acme';
  record.model = 'qwq-32b';
  record.promptTokens = 1_500;
  record.outputBudget = 8_192;
  record.outputBudgetSource = 'assumed';
  const demand = 9_692;
  record.pools = POOLS.map((pool, at) => ({
    ...pool,
    fits: true,
    headroom: pool.windowTokens - demand,
    whyNot: at === 0 ? null : 'larger-rope',
  }));
  record.pool = 'default';
  record.rope = 'default';
  record.windowTokens = 40_960;
  record.headroom = 31_268;
  record.reason = 'smallest-rope';
  record.worker = 'http://10.0.0.1:8000';
  record.attempts = 1;
  record.tried = [
    { worker: record.worker, pool: 'default', started_ms: 1, ended_ms: 40, outcome: 'finished' },
  ];
  record.dispatchedMs = record.startedMs + 1.25;
  record.firstTokenMs = record.startedMs + 20.5;
  record.completionTokens = 20;
  record.outcome = 'completed';
  record.status = 200;
  record.bodyBytes = garbage.length;
  return record;
}
