// A client may leave, or its key be revoked, at any moment before its request waits for room: nobody waits then for somebody
// who is gone.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ask, CHAT, chat, words } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { SleepingPools } from './harness/sleeping-pools.ts';
import { idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

let tenants: TenantsUnderTest;
let pools: SleepingPools;
let key: string;
beforeAll(async () => {
  tenants = await startTenantsUnderTest({ pools: [{ name: 'yarn-4', factor: 4, windowTokens: 4_096 }] });
  pools = new SleepingPools(tenants, ['yarn-4']);
  key = await tenants.newTenant('early', { limits: { concurrentRequests: 9 } });
});
afterAll(() => tenants.close());

let isAsked: boolean;
let answer: () => void;
beforeEach(() => {
  const { limiter } = tenants.gateway.ports;
  const { promise: mayAnswer, resolve } = Promise.withResolvers<void>();
  const reserve = limiter.reserve;
  [isAsked, answer] = [false, resolve];
  limiter.reserve = async (what) => {
    limiter.reserve = reserve;
    isAsked = true;
    await mayAnswer;
    return limiter.reserve(what);
  };
});

const nobodyWaits = async () => {
  await tenants.idle();
  expect(await pools.demand('yarn-4')).toMatchObject({ parked: 0, parked_tokens: 0, activation: false });
};

it('a client that leaves while its limits are asked does not wait for the pool', async () => {
  const gone = new AbortController();
  const left = ask(tenants, CHAT, chat(words(100)), { key, signal: gone.signal });
  await eventually('its limits are asked', () => isAsked);
  gone.abort();
  await expect(left).rejects.toThrow();
  // What is sent after the end of the connection is answered after it, too.
  for (let turn = 0; turn < 3; turn++) expect((await fetch(`${tenants.url}/v1/models`)).status).toBe(401);
  answer();
  await nobodyWaits();
});

it('nor does one whose key is revoked meanwhile', async () => {
  const cut = ask(tenants, CHAT, chat(words(100)), { key });
  await eventually('its limits are asked', () => isAsked);
  const revoked = { code: 'key_revoked', keyIds: [idOf(key)], tenant: null } as const;
  expect(tenants.gateway.ports.liveAnswers.revoke(revoked)).toBe(1);
  answer();
  expectFault(await within('it is told', cut), 'key_revoked');
  await nobodyWaits();
});
