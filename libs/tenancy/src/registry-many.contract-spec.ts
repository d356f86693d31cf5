// What many changes at once promise, on both databases.
import { beforeEach, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '#database';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import { newestEpoch } from '../../database/testing/newest-epoch.ts';
import { tenantRow } from '../../database/testing/rows.ts';
import { until } from '../testing/until.ts';
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
    const heard = Promise.withResolvers<string>();
    const stop = await database().listen('ropeway_change', heard.resolve, heard.reject);
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
    expect(told).toHaveLength(500);
    expect(JSON.parse(await heard.promise).epoch).toBeGreaterThan(since);
    await stop();
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

  it('are decided again where somebody made the same meanwhile, and made by one of two who ask at once', async () => {
    const [first, ...others] = Array.from({ length: 150 }, () => unique('same'));
    if (first === undefined) throw new Error('there are 150');
    const calls = { one: 0, two: 0 };
    const make = (caller: keyof typeof calls, tenants: readonly string[]) =>
      change(asked({ tenants }), async ({ tenants: there }) => {
        calls[caller] += 1;
        if (calls.one === 1 && caller === 'one') await done(registry.createTenant('other', first, {}));
        const known = new Set(there.map(({ id }) => id));
        const missing = tenants.filter((id) => !known.has(id));
        return { ...NONE, tenants: missing.map((id) => ({ id, input: {}, before: null })) };
      });
    await Promise.all([make('one', [first, ...others]), make('two', [...others].reverse())]);
    expect(calls.one).toBeGreaterThan(1);
    for (const id of [first, others[0] ?? '', others.at(-1) ?? ''])
      expect((await trailOf(id)).map(({ action }) => action)).toEqual(['tenant.create']);
  });

  it('let a key be revoked while what is new is still being written', async () => {
    // Embedded there is one connection, for which everybody stands in line.
    if (database().kind === 'embedded') return;
    const [tenant, other] = [unique('acme'), unique('other')];
    await done(registry.createTenant('root', other, {}));
    const { key } = await done(registry.createKey('root', other, {}));
    let applied: Promise<unknown> = Promise.resolve();
    await database()
      .sql.transaction()
      .execute(async (trx) => {
        // Holds the name of the tenant, and no lock of ours: its triggers do not fire.
        await sql`SET LOCAL session_replication_role = replica`.execute(trx);
        await trx.insertInto('tenant').values(tenantRow(tenant)).execute();
        applied = change(asked({ tenants: [tenant] }), ({ tenants: [before] }) =>
          before === undefined ? { ...NONE, tenants: [{ id: tenant, input: {}, before: null }] } : NONE,
        );
        applied.catch(() => {});
        await until(() => isWaiting(database()));
        expect(await done(registry.revokeKey('other', key.id))).toMatchObject({ state: 'revoked' });
        await sql`DELETE FROM tenant WHERE id = ${tenant}`.execute(trx);
      });
    await applied;
    expect((await registry.tenant(tenant))?.id).toBe(tenant);
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

/** Has PostgreSQL a statement of this database that waits for another's transaction? */
async function isWaiting(database: Database): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'transactionid'`.execute(database.sql);
  return rows.length > 0;
}
