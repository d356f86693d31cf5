// Two books of one matter: what a tenant's budget has counted is, token for token, what its ledger says, whatever became of
// the requests: answered, cut, refused, failed, retried, left by their clients.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../seeded-random.ts';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { StreamReader } from './harness/read-stream.ts';
import { done, idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';
import { budgetUsed, recordsOf } from './harness/two-books.ts';

const POOLS = [
  { name: 'default', factor: 1, windowTokens: 1_024, sims: 2 },
  { name: 'yarn-2', factor: 2, windowTokens: 2_048, sims: 1, tokenWeight: 3 },
];
const BUDGET = 1_000_000;
const TURNS = 200;
/** At once. */
const WIDTH = 8;

describe.each([
  { counted: 'in memory', redis: false },
  { counted: 'in Redis', redis: true },
])('a budget counted $counted', ({ redis }) => {
  let tenants: TenantsUnderTest;
  beforeAll(async () => {
    tenants = await startTenantsUnderTest({
      redis,
      pools: POOLS,
      model: { assumedOutputTokens: 64 },
      settings: {
        limits: { unstatedOutputTokens: 8, meterTokens: 4, meterMs: 50 },
        workers: {
          compareCounts: false,
          scrapeIntervalMs: 100,
          warmUpMs: 0,
          breakerFailures: 1_000,
          breakerOpenMs: 200,
        },
        // So many failures open breakers: what then waits for a worker is refused soon.
        waiting: { maxWaitMs: 300 },
      },
    });
  });
  afterAll(() => tenants.close());

  it.each([1, 2])(
    'is what the ledger says (seed %i)',
    async (seed) => {
      const tenant = `chaos-${seed}`;
      const budget = { period: 'month', unit: 'tokens', limit: BUDGET } as const;
      const key = await tenants.newTenant(tenant, {
        limits: { budgets: [budget], concurrentRequests: 1_000 },
      });
      const doomed = done(await tenants.registry.createKey('e2e', tenant, {})).text;
      const random = seededRandom(seed);
      const walk = async () => {
        for (let turn = 0; turn < TURNS / WIDTH; turn++) {
          inflictSome(tenants, random());
          await askSomething(tenants, random() < 0.2 ? doomed : key, random);
        }
      };
      const walking = Promise.all(Array.from({ length: WIDTH }, walk));
      // In the middle of it: some of its answers are cut by this.
      await eventually(
        'a part of it is done',
        async () => (await budgetUsed(tenants, key, BUDGET)) > 2_000,
        30_000,
      );
      done(await tenants.registry.revokeKey('e2e', idOf(doomed)));
      await walking;
      for (const { name } of POOLS) for (const sim of tenants.sims(name)) sim.heal();
      // Breakers that opened in an unlucky walk keep their workers away for up to half a minute; the next walk begins without.
      const answers = async () =>
        (await ask(tenants, CHAT, chat('Hello', { max_tokens: 4 }), { key })).status === 200;
      await eventually('it answers again', answers, 45_000);
      await tenants.idle();

      const sums = { budget: -1, ledger: -2, outcomes: new Set<string>() };
      const agree = async () => {
        sums.budget = await budgetUsed(tenants, key, BUDGET);
        sums.ledger = await recorded(tenants, tenant, sums.outcomes);
        return sums.budget === sums.ledger;
      };
      await eventually('both say the same', agree, 20_000).catch(() => undefined);
      expect(sums.budget).toBe(sums.ledger);
      expect(sums.budget).toBeGreaterThan(2_000);
      // Or it was no chaos.
      for (const outcome of ['completed', 'failed', 'client_closed'])
        expect(sums.outcomes).toContain(outcome);
    },
    120_000,
  );
});

function inflictSome(tenants: TenantsUnderTest, chance: number): void {
  const sims = POOLS.flatMap(({ name }) => tenants.sims(name));
  const sim = sims[Math.floor(chance * 997) % sims.length];
  const afterTokens = 1 + (Math.floor(chance * 9_973) % 12);
  if (chance < 0.1) sim?.inflict({ kind: 'status', status: 500 });
  else if (chance < 0.2) sim?.inflict({ kind: 'error-event', afterTokens });
  else if (chance < 0.3) sim?.inflict({ kind: 'cut', afterTokens, reset: true });
  else if (chance < 0.35) sim?.inflict({ kind: 'cut' });
  else if (chance < 0.4) sim?.inflict({ kind: 'queue-full' });
}

/** Whatever comes of it. */
async function askSomething(tenants: TenantsUnderTest, key: string, random: () => number): Promise<void> {
  const body = chat(words(Math.floor(random() * 1_700)), {
    ...(random() < 0.5 ? { max_tokens: 1 + Math.floor(random() * 40) } : {}),
    stream: random() < 0.6,
  });
  const patience = random();
  if (patience < 0.6) {
    await ask(tenants, CHAT, body, { key }).catch(() => undefined);
    return;
  }
  if (patience < 0.75) {
    const leaving = new AbortController();
    const asked = ask(tenants, CHAT, body, { key, signal: leaving.signal }).catch(() => undefined);
    // Somewhere on its way.
    for (let look = Math.floor(random() * 30); look > 0; look--) await new Promise(setImmediate);
    leaving.abort();
    await asked;
    return;
  }
  const response = await open(tenants, CHAT, body, { key }).catch(() => null);
  if (response === null) return;
  const stream = new StreamReader(response);
  for (let frame = Math.floor(random() * 15); frame > 0; frame--) await stream.next().catch(() => null);
  await stream.leave().catch(() => undefined);
}

/** Tokens of its rows, each weighted as its pool is. */
async function recorded(tenants: TenantsUnderTest, tenant: string, outcomes: Set<string>): Promise<number> {
  let sum = 0;
  for (const row of await recordsOf(tenants, tenant)) {
    outcomes.add(row.outcome);
    sum += (row.promptTokens + row.completionTokens) * (row.pool === 'yarn-2' ? 3 : 1);
  }
  return sum;
}
