// The database is away, and a gateway with running streams is killed, twice: clients go on being served by the next one, and
// in the end the ledger has each answer once, with the tokens its worker counted.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '#database';
import { type LedgerRecord, UsageQueries } from '#ledger';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { migrateDatabase } from '../servers/migrated-database.ts';
import { type FaultyProxy, startFaultyProxy } from '../servers/start-faulty-proxy.ts';
import { type RunningGateway, startGatewayProcess } from '../servers/start-gateway-process.ts';
import { startPostgres, type TestPostgres } from '../servers/start-postgres.ts';
import { chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { makeKey } from './harness/keys.ts';
import { StreamReader } from './harness/read-stream.ts';

const TENANT = 'acme';
const key = makeKey({ tenant: TENANT });
/** A stream of 400 tokens, 20 ms each: long enough to be metered some times before it is killed. */
const LONG = { model: 'slow', max_tokens: 400, stream: true };
const METERED_FRAMES = 150;
const STREAMS = 10;

let postgres: TestPostgres;
let network: FaultyProxy;
let quick: VllmSim;
let slow: VllmSim;
let gateway: RunningGateway;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres();
  await migrateDatabase(postgres.url);
  network = await startFaultyProxy(postgres.url);
  const pool = { rope: { type: 'default' }, windowTokens: 4_096 };
  quick = await startVllmSim({
    servedNames: ['quick'],
    windowTokens: 4_096,
    answer: { kind: 'prose', thinkingTokens: 10, answerTokens: 10 },
    engine: { stepMs: 1, prefillTokensPerS: 1_000_000 },
  });
  slow = await startVllmSim({
    servedNames: ['slow'],
    windowTokens: 4_096,
    answer: { kind: 'prose', thinkingTokens: 200, answerTokens: 200 },
    engine: { stepMs: 20, prefillTokensPerS: 1_000_000 },
  });
  gateway = await startGatewayProcess({
    settings: {
      workers: { compareCounts: false, warmUpMs: 0 },
      models: [
        { id: 'qwq-32b', profile: 'qwq', servedName: 'quick' },
        { id: 'slow', profile: 'qwq', servedName: 'slow' },
      ],
      pools: [
        { name: 'quick', model: 'qwq-32b', ...pool, workers: [quick.url] },
        { name: 'slow', model: 'slow', ...pool, workers: [slow.url] },
      ],
      keys: [key.declaration],
      database: { url: network.url, connectTimeoutMs: 500, statementTimeoutMs: 1_000 },
    },
  });
  const times = { connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  database = await openDatabase(
    { kind: 'postgres', url: postgres.url, maxConnections: 2, ...times },
    { signal: AbortSignal.timeout(10_000) },
  );
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await database?.close();
  await network?.stop();
  await postgres?.stop();
  await Promise.all([quick?.close(), slow?.close()]);
});

/** What a client knows of its request. */
interface Asked {
  readonly id: string;
  /** The worker's own count; null when the answer was cut by the kill. */
  readonly completionTokens: number | null;
}

function post(body: object): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.text}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function idOf(response: Response): string {
  expect(response.status).toBe(200);
  return response.headers.get('x-request-id') ?? '';
}

async function askSome(count: number): Promise<readonly Asked[]> {
  const asking = Array.from({ length: count }, async (_, nth) => {
    const response = await post(chat(`Question ${nth}`));
    const { usage } = (await response.json()) as { usage: { completion_tokens: number } };
    return { id: idOf(response), completionTokens: usage.completion_tokens };
  });
  return Promise.all(asking);
}

/** Streams that have been metered and still run. */
async function openStreams(): Promise<readonly Asked[]> {
  const opening = Array.from({ length: STREAMS }, async (_, nth) => {
    const response = await post(chat(`Tell me ${nth}`, LONG));
    const reader = new StreamReader(response);
    for (let frame = 0; frame < METERED_FRAMES; frame++) await reader.next();
    // What comes when it is killed is the client's to bear.
    reader.rest().catch(() => {});
    return { id: idOf(response), completionTokens: null };
  });
  return Promise.all(opening);
}

async function records(): Promise<readonly LedgerRecord[]> {
  const page = await new UsageQueries(database).records({ tenant: TENANT }, { limit: 1_000, cursor: null });
  return page === 'invalid-cursor' ? [] : page.items;
}

it('loses no row and doubles none over an outage and two kills', async () => {
  const asked: Asked[] = [...(await askSome(20))];
  await network.set('blackhole');
  for (let kill = 0; kill < 2; kill++) {
    asked.push(...(await askSome(20)), ...(await openStreams()));
    await gateway.kill9();
    await gateway.restart();
  }
  asked.push(...(await askSome(20)));
  await network.set('pass');

  let rows: readonly LedgerRecord[] = [];
  await eventually(
    'every answer is in the ledger',
    async () => {
      rows = await records();
      return rows.length >= asked.length;
    },
    60_000,
  );
  expect(rows.map(({ requestId }) => requestId).toSorted()).toEqual(asked.map(({ id }) => id).toSorted());
  for (const { id, completionTokens } of asked) {
    const row = rows.find(({ requestId }) => requestId === id);
    if (completionTokens !== null) {
      expect(row).toMatchObject({ outcome: 'completed', isExact: true, completionTokens });
      continue;
    }
    // Killed: what was metered a second before at most, and the prompt, which the worker had.
    expect(row).toMatchObject({ outcome: 'unknown', isExact: false, pool: 'slow' });
    expect(row?.promptTokens).toBeGreaterThan(0);
    expect(row?.completionTokens).toBeGreaterThan(0);
    expect(row?.completionTokens).toBeLessThan(400);
  }
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const query = { fromDay: day(-1), toDay: day(1), by: [] };
  const usage = await new UsageQueries(database).usage(query, { limit: 1, cursor: null });
  const tokens = rows.reduce((sum, row) => sum + row.completionTokens, 0);
  expect(usage).toMatchObject({ items: [{ requests: rows.length, completionTokens: tokens }] });
}, 180_000);
