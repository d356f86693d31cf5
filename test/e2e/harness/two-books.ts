// What a tenant has used, by its budget and by its ledger.
import type { LedgerRecord } from '#ledger';
import { ask } from './ask.ts';
import type { TenantsUnderTest } from './tenants-under-test.ts';

/** Of the monthly budget of `limit` that the tenant of the key has. */
export async function budgetUsed(tenants: TenantsUnderTest, key: string, limit: number): Promise<number> {
  const answer = await ask(tenants, '/v1/limits', undefined, { key });
  const { limits } = answer.json<{ limits: { kind: string; remaining: number }[] }>();
  return limit - (limits.find(({ kind }) => kind === 'month_budget')?.remaining ?? Number.NaN);
}

/** Its newest thousand. */
export async function recordsOf(tenants: TenantsUnderTest, tenant: string): Promise<readonly LedgerRecord[]> {
  const page = await tenants.usage.records({ tenant }, { limit: 1_000, cursor: null });
  return page === 'invalid-cursor' ? [] : page.items;
}
