// What many changes at once promise, on both databases.
import { beforeEach, expect, it } from '@jest/globals';
import type { Database } from '#database';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import { DatabaseRegistry } from './database-registry.ts';
import type { AuditEntry, PartAsk, RegistryChanges, RegistryPart, Result, TenantInput } from './registry.ts';

const PEPPER = { version: 3, secret: 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta' };
const NONE: RegistryChanges = { plans: [], tenants: [], newKeys: [], keys: [] };
const NOW = new Date('2026-11-23T12:00:00.000Z');

let nextId = 0;
/** Tests share a database; each has tenants and plans of its own. */
const unique = (name: string): string => `${name}-${++nextId}`;
const asked = (ask: Partial<PartAsk>): PartAsk => ({ plans: [], tenants: [], keys: [], ...ask });

onBothDatabases('many changes at once', (database) => {
  let registry: DatabaseRegistry;
  beforeEach(() => {
    registry = new DatabaseRegistry({ database: database(), pepper: PEPPER, now: () => NOW });
  });
  const change = (ask: PartAsk, decide: (part: RegistryPart) => RegistryChanges | Promise<RegistryChanges>) =>
    registry.changeMany('root', ask, async (part) => ({ changes: await decide(part) }));
  const trailOf = async (target: string): Promise<readonly AuditEntry[]> => {
    const page = await registry.audit({ cursor: null, limit: 100, target });
    if (page === 'invalid-cursor') throw new Error('no cursor was given');
    return page.items;
  };

  it('leave what the same changes leave one by one, in the tables and in the audit log', async () => {
    const plan = unique('plan');
    const [together, alone] = [unique('together'), unique('alone')];
    const input: TenantInput = {
      displayName: 'Ä "\\',
      timeZone: 'Europe/Berlin',
      suspended: true,
      limits: { requestsPerMinute: 7, budgets: [{ period: 'day', unit: 'tokens', limit: 2 ** 53 - 1 }] },
    };
    const keyInput = { name: 'ci', environment: 'test', expiresAt: '2027-01-01T01:00:00+01:00' } as const;
    await done(registry.setPlan('root', plan, {}, null));
    const ask = asked({ tenants: [together], keys: [{ tenant: together, name: 'ci' }] });
    const made = await change(ask, () => ({
      ...NONE,
      tenants: [{ id: together, input: { ...input, plan }, before: null }],
      newKeys: [{ tenant: together, input: keyInput }],
    }));
    await done(registry.createTenant('root', alone, { ...input, plan }));
    const { key, text } = await done(registry.createKey('root', alone, keyInput));
    expect(made.newKeys[0]?.text).toMatch(/^rw_test_/);
    expect(text).toMatch(/^rw_test_/);
    expect(made.newKeys[0]?.key).toEqual({ ...key, ...namesOf(made.newKeys[0]?.key), tenant: together });
    expect(await registry.tenant(together)).toEqual({ ...(await registry.tenant(alone)), id: together });

    await change(ask, ({ tenants: [before], keys: [keyBefore] }) => {
      if (before === undefined || keyBefore === undefined) throw new Error('they were made just now');
      return {
        ...NONE,
        tenants: [{ id: together, input: { suspended: false, plan: null }, before }],
        keys: [{ input: { expiresAt: null, scopes: { models: ['m'] } }, before: keyBefore }],
      };
    });
    await done(registry.updateTenant('root', alone, { suspended: false, plan: null }, null));
    await done(registry.updateKey('root', key.id, { expiresAt: null, scopes: { models: ['m'] } }, null));
    const ids = [together, made.newKeys[0]?.key.id ?? ''];
    const shown = async (targets: readonly string[]) => {
      const trails = await Promise.all(targets.map(trailOf));
      const text = JSON.stringify(trails.flat().map(({ id: _row, ...entry }) => entry));
      return targets.reduce((all, target, place) => all.replaceAll(target, `<${place}>`), text);
    };
    expect(await shown(ids)).toBe(await shown([alone, key.id]));
    expect((await trailOf(together)).map(({ action }) => action)).toEqual(['tenant.update', 'tenant.create']);
  });

  it('are told to gateways each, and reach over as many statements as they need', async () => {
    const tenants = Array.from({ length: 250 }, () => unique('crowd'));
    const since = await newestEpoch(database());
    const { newKeys } = await change(asked({ tenants }), () => ({
      ...NONE,
      tenants: tenants.map((id) => ({ id, input: {}, before: null })),
      newKeys: tenants.map((tenant) => ({ tenant, input: { name: tenant } })),
    }));
    expect(newKeys.map(({ key }) => key.name)).toEqual(tenants);
    const part = await registry.part(
      asked({ tenants, keys: tenants.map((tenant) => ({ tenant, name: tenant })) }),
    );
    expect([part.tenants.length, part.keys.length]).toEqual([250, 250]);
    const told = await database().sql.selectFrom('change').select('id').where('epoch', '>', since).execute();
    expect(new Set(told.map(({ id }) => id))).toEqual(
      new Set([...tenants, ...newKeys.map(({ key }) => key.id)]),
    );
  });

  it('are none where one of them is refused, or where deciding fails', async () => {
    const [plan, good, bad] = [unique('plan'), unique('good'), unique('bad')];
    const since = await newestEpoch(database());
    const refused = change(asked({ tenants: [good, bad] }), () => ({
      ...NONE,
      plans: [{ name: plan, input: { limits: {}, scopes: {} }, before: null }],
      tenants: [
        { id: good, input: { plan }, before: null },
        { id: bad, input: { plan: 'no-such-plan' }, before: null },
      ],
    }));
    await expect(refused).rejects.toMatchObject({ code: '23503' });
    const failed = change(asked({}), () => Promise.reject(new Error('changed my mind')));
    await expect(failed).rejects.toThrow('changed my mind');
    expect([await registry.plan(plan), await registry.tenant(good), await trailOf(good)]).toEqual([
      null,
      null,
      [],
    ]);
    expect(await newestEpoch(database())).toBe(since);
  });

  it('are decided again from what somebody changed of it meanwhile', async () => {
    const tenant = unique('acme');
    await done(registry.createTenant('root', tenant, {}));
    const { key } = await done(registry.createKey('root', tenant, { name: 'ci' }));
    const ask = asked({ tenants: [tenant], keys: [{ tenant, name: 'ci' }] });
    const seen: unknown[] = [];
    await change(ask, async ({ keys: [before] }) => {
      seen.push(before?.state);
      // Also shows that nothing of the registry is locked while it is decided.
      if (seen.length === 1) await done(registry.revokeKey('other', key.id));
      return before?.state === 'active' ? { ...NONE, keys: [{ input: { name: 'x' }, before }] } : NONE;
    });
    expect(seen).toEqual(['active', 'revoked']);
    expect((await trailOf(key.id)).map(({ action }) => action)).toEqual(['key.revoke', 'key.create']);
  });

  it('are decided once where what was changed meanwhile is none of it', async () => {
    const [tenant, other] = [unique('acme'), unique('other')];
    await done(registry.createTenant('root', other, {}));
    const { key } = await done(registry.createKey('root', other, {}));
    let calls = 0;
    await change(asked({ tenants: [tenant] }), async () => {
      calls += 1;
      await done(registry.revokeKey('other', key.id));
      return { ...NONE, tenants: [{ id: tenant, input: {}, before: null }] };
    });
    expect([calls, (await registry.tenant(tenant))?.id]).toEqual([1, tenant]);
  });

  it('come through where somebody changes the same things again and again', async () => {
    const tenant = unique('acme');
    await done(registry.createTenant('root', tenant, {}));
    let calls = 0;
    await change(asked({ tenants: [tenant] }), async ({ tenants: [before] }) => {
      calls += 1;
      // With the lock held, nobody can.
      if (calls <= 3) await done(registry.updateTenant('other', tenant, { displayName: `${calls}` }, null));
      return { ...NONE, tenants: [{ id: tenant, input: { isStrict: true }, before: before ?? null }] };
    });
    expect(calls).toBe(4);
    expect(await registry.tenant(tenant)).toMatchObject({ displayName: '3', isStrict: true, version: 5 });
  });
});

async function done<T>(asked: Promise<Result<T>>): Promise<T> {
  const result = await asked;
  if (!result.ok) throw new Error(`refused: ${result.why}: ${result.message}`);
  return result.value;
}

function namesOf(key: { readonly id: string; readonly lineage: string } | undefined): object {
  return { id: key?.id, lineage: key?.lineage };
}

async function newestEpoch(database: Database): Promise<number> {
  const row = await database.sql
    .selectFrom('change')
    .select(({ fn }) => fn.max('epoch').as('epoch'))
    .executeTakeFirst();
  return row?.epoch ?? 0;
}
