// What the registry promises on both databases.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import { newestEpoch } from '../../database/testing/newest-epoch.ts';
import { DatabaseRegistry } from './database-registry.ts';
import { keyDigest } from './key-digest.ts';
import { newKeyToken, parseKeyToken, tokenText } from './key-token.ts';
import type { AuditEntry, KeyInput, Listed, Page, PageAsk, Result, TenantInput } from './registry.ts';

const PEPPER = { version: 3, secret: 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse('2026-11-23T12:00:00.000Z');

let nextId = 0;
/** Tests share a database; each has tenants and plans of its own. */
function unique(name: string): string {
  return `${name}-${++nextId}`;
}

export function databaseRegistryContract(): void {
  onBothDatabases('the registry', (database) => {
    let nowMs = START;
    let registry: DatabaseRegistry;
    beforeEach(() => {
      nowMs = START;
      registry = new DatabaseRegistry({ database: database(), pepper: PEPPER, now: () => new Date(nowMs) });
    });

    const newTenant = async (input: TenantInput = {}) => {
      const id = unique('acme');
      await expectDone(registry.createTenant('test', id, input));
      return id;
    };
    const newKey = async (tenant: string, input: KeyInput = {}) =>
      expectDone(registry.createKey('test', tenant, input));
    const trail = async (target: string) =>
      (await everything<AuditEntry>((ask) => registry.audit({ ...ask, target }))).map(({ action }) => action);

    describe('plans', () => {
      it('are made, replaced as a whole and removed, and each change is in the audit log', async () => {
        const name = unique('standard');
        const made = await expectDone(
          registry.setPlan('root', name, { limits: { requestsPerMinute: 5 } }, null),
        );
        expect(made).toMatchObject({ name, version: 1, limits: { requestsPerMinute: 5, budgets: [] } });
        nowMs += 1;
        const replaced = await expectDone(registry.setPlan('root', name, { scopes: { models: ['m'] } }, 1));
        expect(replaced).toMatchObject({
          version: 2,
          limits: { requestsPerMinute: null },
          scopes: { models: ['m'] },
          createdAt: '2026-11-23T12:00:00.000Z',
          updatedAt: '2026-11-23T12:00:00.001Z',
        });
        expect(await registry.plan(name)).toEqual(replaced);
        await expectDone(registry.deletePlan('root', name));
        expect(await registry.plan(name)).toBeNull();
        expect(await trail(name)).toEqual(['plan.delete', 'plan.update', 'plan.create']);
      });

      it('stay as they are where nothing would change', async () => {
        const name = unique('same');
        const set = () => registry.setPlan('root', name, { limits: { tokensPerMinute: 7 } }, null);
        const first = await expectDone(set());
        expect(await expectDone(set())).toEqual(first);
        expect(await trail(name)).toEqual(['plan.create']);
      });

      it('are not removed while a tenant is on them', async () => {
        const name = unique('used');
        await expectDone(registry.setPlan('root', name, {}, null));
        const tenant = await newTenant({ plan: name });
        expect(await registry.deletePlan('root', name)).toMatchObject({
          why: 'conflict',
          message: expect.stringContaining(tenant),
        });
        await expectDone(registry.updateTenant('root', tenant, { plan: null }, null));
        await expectDone(registry.deletePlan('root', name));
      });

      it.each(["x'; DROP TABLE plan; --", 'Standard', 'ѕtandard', '', 'a'.repeat(64)])(
        'are not named %j',
        async (name) => {
          expect(await registry.setPlan('root', name, {}, null)).toMatchObject({
            why: 'invalid',
            path: 'name',
          });
        },
      );

      it.each([-1, 0, 1.5, 2 ** 53, Number.NaN])('take no limit of %p', async (limit) => {
        const limits = { budgets: [{ period: 'day', unit: 'tokens', limit }] } as const;
        expect(await registry.setPlan('root', unique('bad'), { limits }, null)).toMatchObject({
          why: 'invalid',
          path: 'limits.budgets[0].limit',
        });
      });

      it('hold the largest exact number', async () => {
        const limits = { concurrentKvTokens: Number.MAX_SAFE_INTEGER };
        const plan = await expectDone(registry.setPlan('root', unique('most'), { limits }, null));
        expect(plan.limits.concurrentKvTokens).toBe(9_007_199_254_740_991);
      });
    });

    describe('tenants', () => {
      it('are made with what was said, and the rest by default', async () => {
        const id = unique('acme');
        const made = await expectDone(registry.createTenant('root', id, { timeZone: 'Europe/Berlin' }));
        expect(made).toEqual({
          id,
          displayName: id,
          plan: null,
          limits: {},
          scopes: {},
          timeZone: 'Europe/Berlin',
          isStrict: false,
          isPrepaid: false,
          suspendedAt: null,
          version: 1,
          createdAt: '2026-11-23T12:00:00.000Z',
          updatedAt: '2026-11-23T12:00:00.000Z',
        });
        expect(await registry.tenant(id)).toEqual(made);
      });

      it('are not made twice, also by two at once', async () => {
        const id = unique('acme');
        const made = await Promise.all([1, 2].map(() => registry.createTenant('root', id, {})));
        expect(made.map((result) => (result.ok ? 'made' : result.why)).sort()).toEqual(['conflict', 'made']);
      });

      it("keep people's text as it is, SQL and emoji too", async () => {
        const displayName = `O'Brien "\\"; DROP TABLE tenant; -- 👩‍🚀`;
        const id = await newTenant({ displayName });
        expect((await registry.tenant(id))?.displayName).toBe(displayName);
      });

      it.each([
        [{ displayName: 'a\u0000b' }, 'displayName'],
        [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
        [{ plan: 'no-such-plan' }, 'plan'],
        [{ scopes: { cidrs: ['10.0.0.0/33'] } }, 'scopes.cidrs[0]'],
        [{ limits: { requestsPerMinute: -5 } }, 'limits.requestsPerMinute'],
      ])('are refused with %j, by the path of the field', async (input, path) => {
        expect(await registry.createTenant('root', unique('bad'), input)).toMatchObject({
          why: 'invalid',
          path,
        });
        const id = await newTenant();
        expect(await registry.updateTenant('root', id, input, null)).toMatchObject({ why: 'invalid', path });
      });

      it('are changed only by who has seen the last version', async () => {
        const id = await newTenant();
        await expectDone(registry.updateTenant('root', id, { isStrict: true }, 1));
        expect(await registry.updateTenant('root', id, { isStrict: false }, 1)).toMatchObject({
          why: 'version_mismatch',
        });
        expect(await registry.tenant(id)).toMatchObject({ isStrict: true, version: 2 });
      });

      it('lose no change when many are made at once with versions', async () => {
        const id = await newTenant();
        const tries = Array.from({ length: 8 }, (_, index) =>
          registry.updateTenant('root', id, { displayName: `name ${index}` }, 1),
        );
        const results = await Promise.all(tries);
        expect(results.filter(({ ok }) => ok)).toHaveLength(1);
        expect((await registry.tenant(id))?.version).toBe(2);
      });

      it('are suspended once and for all until they are let in again', async () => {
        const id = await newTenant();
        const since = (await expectDone(registry.updateTenant('root', id, { suspended: true }, null)))
          .suspendedAt;
        nowMs += HOUR_MS;
        const again = await expectDone(registry.updateTenant('root', id, { suspended: true }, null));
        expect([since, again.suspendedAt, again.version]).toEqual([
          '2026-11-23T12:00:00.000Z',
          '2026-11-23T12:00:00.000Z',
          2,
        ]);
        const back = await expectDone(registry.updateTenant('root', id, { suspended: false }, null));
        expect(back.suspendedAt).toBeNull();
      });

      it('are not found where there are none', async () => {
        expect(await registry.tenant('nobody')).toBeNull();
        expect(await registry.updateTenant('root', 'nobody', {}, null)).toMatchObject({ why: 'not_found' });
        expect(await registry.createKey('root', 'nobody', {})).toMatchObject({ why: 'not_found' });
        expect(await registry.createKey('root', "'; DROP TABLE tenant; --", {})).toMatchObject({
          why: 'not_found',
        });
      });
    });

    describe('keys', () => {
      it('are stored as a digest under the pepper, never as their text', async () => {
        const tenant = await newTenant();
        const { text, key } = await newKey(tenant, { name: 'ci', environment: 'test' });
        const token = parseKeyToken(text);
        expect(token).toMatchObject({ id: key.id, environment: 'test' });
        const row = await database()
          .sql.selectFrom('api_key')
          .selectAll()
          .where('id', '=', key.id)
          .executeTakeFirstOrThrow();
        expect(row.digest).toEqual(keyDigest(PEPPER.secret, token?.secret ?? ''));
        expect(row.pepper_version).toBe(3);
        const kept = JSON.stringify([row, await everything((ask) => registry.audit({ ...ask, tenant }))]);
        expect(kept).not.toContain(token?.secret ?? text);
        expect(key).toMatchObject({
          lineage: key.id,
          name: 'ci',
          state: 'active',
          version: 1,
          lastUsedAt: null,
        });
      });

      it('are adopted with the text somebody keeps, once', async () => {
        const tenant = await newTenant();
        const token = newKeyToken('test');
        const text = tokenText(token);
        const key = await expectDone(registry.adoptKey('root', tenant, text, { name: 'first' }));
        expect(key).toMatchObject({ id: token.id, lineage: token.id, environment: 'test', name: 'first' });
        const { digest } = await database()
          .sql.selectFrom('api_key')
          .select('digest')
          .where('id', '=', token.id)
          .executeTakeFirstOrThrow();
        expect(digest).toEqual(keyDigest(PEPPER.secret, token.secret));
        expect(await trail(token.id)).toEqual(['key.create']);
        expect(await registry.adoptKey('root', tenant, text, {})).toMatchObject({ why: 'conflict' });
        expect(await registry.adoptKey('root', tenant, `${text}x`, {})).toMatchObject({ why: 'invalid' });
        expect(await registry.adoptKey('root', 'nobody', tokenText(newKeyToken('live')), {})).toMatchObject({
          why: 'not_found',
        });
      });

      it('rotate within their lineage: the old one ends after the overlap, the new one is as it was', async () => {
        const tenant = await newTenant();
        const input = { name: 'ci', limits: { requestsPerMinute: 5 }, scopes: { models: ['m'] } };
        const old = (await newKey(tenant, input)).key;
        nowMs += HOUR_MS;
        const { key } = await expectDone(registry.rotateKey('root', old.id, DAY_MS));
        expect(key).toMatchObject({ ...input, tenant, lineage: old.id, expiresAt: null, state: 'active' });
        const ending = await registry.key(old.id);
        expect(ending).toMatchObject({
          replacedBy: key.id,
          expiresAt: '2026-11-24T13:00:00.000Z',
          state: 'active',
          version: 2,
        });
        nowMs += DAY_MS;
        expect((await registry.key(old.id))?.state).toBe('expired');
        expect(await trail(old.id)).toEqual(['key.rotate', 'key.create']);
        const third = (await expectDone(registry.rotateKey('root', key.id, 0))).key;
        expect([third.lineage, (await registry.key(key.id))?.state]).toEqual([old.id, 'expired']);
      });

      it('never live longer by being rotated', async () => {
        const expiresAt = '2026-11-23T18:00:00.000Z';
        const old = (await newKey(await newTenant(), { expiresAt })).key;
        const { key } = await expectDone(registry.rotateKey('root', old.id, DAY_MS));
        expect([key.expiresAt, (await registry.key(old.id))?.expiresAt]).toEqual([expiresAt, expiresAt]);
      });

      it('end with the overlap once rotated: sooner if told to, never later', async () => {
        const old = (await newKey(await newTenant())).key;
        const { key } = await expectDone(registry.rotateKey('root', old.id, DAY_MS));
        const end = '2026-11-24T12:00:00.000Z';
        const update = (input: KeyInput) => registry.updateKey('root', old.id, input, null);
        const refusal = { why: 'conflict', path: 'expiresAt', message: expect.stringContaining(key.id) };
        expect(await update({ expiresAt: null })).toMatchObject(refusal);
        expect(await update({ expiresAt: '2026-11-24T12:00:00.001Z' })).toMatchObject(refusal);
        expect(await registry.key(old.id)).toMatchObject({ expiresAt: end, version: 2 });
        expect(await expectDone(update({ name: 'old', expiresAt: end }))).toMatchObject({ expiresAt: end });
        const sooner = '2026-11-23T13:00:00.000Z';
        expect((await expectDone(update({ expiresAt: sooner }))).expiresAt).toBe(sooner);
        nowMs += HOUR_MS;
        expect(await update({ expiresAt: '2026-11-23T14:00:00.000Z' })).toMatchObject(refusal);
        expect((await registry.key(old.id))?.state).toBe('expired');
        expect(
          (await expectDone(registry.updateKey('root', key.id, { expiresAt: end }, null))).expiresAt,
        ).toBe(end);
      });

      it('are rotated once, and not after their end', async () => {
        const tenant = await newTenant();
        const rotated = (await newKey(tenant)).key.id;
        const both = await Promise.all([1, 2].map(() => registry.rotateKey('root', rotated, DAY_MS)));
        expect(both.map((result) => (result.ok ? 'rotated' : result.why)).sort()).toEqual([
          'conflict',
          'rotated',
        ]);
        const revoked = (await newKey(tenant)).key.id;
        await registry.revokeKey('root', revoked);
        expect(await registry.rotateKey('root', revoked, 0)).toMatchObject({ why: 'conflict' });
        expect(await registry.rotateKey('root', '000000000000', 0)).toMatchObject({ why: 'not_found' });
      });

      it.each([-1, 7 * DAY_MS + 1, 0.5, Number.NaN])('take no overlap of %p ms', async (overlapMs) => {
        const { key } = await newKey(await newTenant());
        expect(await registry.rotateKey('root', key.id, overlapMs)).toMatchObject({
          why: 'invalid',
          path: 'overlapMs',
        });
        expect((await registry.key(key.id))?.replacedBy).toBeNull();
      });

      it('are revoked for good: again changes nothing, and neither does anything else', async () => {
        const { key } = await newKey(await newTenant());
        const revoked = await expectDone(registry.revokeKey('root', key.id));
        expect(revoked).toMatchObject({
          state: 'revoked',
          revokedAt: '2026-11-23T12:00:00.000Z',
          version: 2,
        });
        nowMs += HOUR_MS;
        expect(await expectDone(registry.revokeKey('other', key.id))).toEqual(revoked);
        expect(await trail(key.id)).toEqual(['key.revoke', 'key.create']);
        expect(await registry.updateKey('root', key.id, { name: 'x' }, null)).toMatchObject({
          why: 'conflict',
        });
      });

      it('end when they are told to, and not in the past when made', async () => {
        const tenant = await newTenant();
        const { key } = await newKey(tenant, { expiresAt: '2026-11-23T15:00:00+01:00' });
        expect([key.expiresAt, key.state]).toEqual(['2026-11-23T14:00:00.000Z', 'active']);
        const sameMoment = { expiresAt: '2026-11-23T14:00:00Z' };
        expect((await expectDone(registry.updateKey('root', key.id, sameMoment, null))).version).toBe(1);
        const ended = { expiresAt: '2026-11-23T12:00:00Z' };
        expect((await expectDone(registry.updateKey('root', key.id, ended, 1))).state).toBe('expired');
        expect(await registry.createKey('root', tenant, { expiresAt: '2026-11-23T11:59:59Z' })).toMatchObject(
          {
            why: 'invalid',
            path: 'expiresAt',
          },
        );
      });

      it('keep their environment', async () => {
        const { key } = await newKey(await newTenant());
        expect(await registry.updateKey('root', key.id, { environment: 'test' }, null)).toMatchObject({
          why: 'invalid',
          path: 'environment',
        });
      });

      it('can be asked for by state', async () => {
        const tenant = await newTenant();
        const active = (await newKey(tenant)).key.id;
        const expired = (await newKey(tenant, { expiresAt: '2026-11-23T13:00:00Z' })).key.id;
        const revoked = (await newKey(tenant, { expiresAt: '2026-11-23T13:00:00Z' })).key.id;
        await registry.revokeKey('root', revoked);
        nowMs += 2 * HOUR_MS;
        for (const [state, id] of [
          ['active', active],
          ['expired', expired],
          ['revoked', revoked],
        ] as const) {
          const found = await everything((ask) => registry.keys({ ...ask, tenant, state }));
          expect(found.map((key) => [key.id, key.state])).toEqual([[id, state]]);
        }
      });
    });

    describe('lists', () => {
      it('come in pages that hold each item once, newest keys first', async () => {
        const tenant = await newTenant();
        const made: string[] = [];
        for (let index = 0; index < 5; index++) {
          // Two of each moment: the id decides between them.
          nowMs = START + Math.floor(index / 2);
          made.push((await newKey(tenant)).key.id);
        }
        const listed = await everything((ask) => registry.keys({ ...ask, tenant }), 2);
        expect(listed.map(({ id }) => id).sort()).toEqual(made.sort());
        const times = listed.map(({ createdAt }) => createdAt);
        expect(times).toEqual(times.toSorted().reverse());
      });

      it('hold each tenant and plan once, by name, while others are made', async () => {
        const plan = unique('paged');
        await expectDone(registry.setPlan('root', plan, {}, null));
        const made = [];
        for (let index = 0; index < 3; index++) made.push(await newTenant({ plan }));
        const listed = await everything(async (ask) => {
          const page = await registry.tenants({ ...ask, plan });
          await newTenant();
          return page;
        }, 1);
        expect(listed.map(({ id }) => id)).toEqual(made.toSorted());
        const plans = await everything((ask) => registry.plans(ask), 1);
        expect(plans.map(({ name }) => name)).toEqual(plans.map(({ name }) => name).toSorted());
      });

      it('end exactly where the items do', async () => {
        const tenant = await newTenant();
        await newKey(tenant);
        await newKey(tenant);
        expect(await registry.keys({ tenant, cursor: null, limit: 2 })).toMatchObject({ nextCursor: null });
      });

      it.each([
        ['SQL', "'; DROP TABLE tenant"],
        ['no JSON', 'bm9uc2Vuc2U'],
        ['a number in it', 'WyJ0ZW5hbnRzIiwxXQ'],
        ['10,000 characters', 'x'.repeat(10_000)],
      ])('refuse %s as a cursor', async (_what, cursor) => {
        const ask = { cursor, limit: 5 };
        const lists = [registry.plans(ask), registry.tenants(ask), registry.keys(ask), registry.audit(ask)];
        expect(await Promise.all(lists)).toEqual(Array(4).fill('invalid-cursor'));
      });

      it("refuse another list's cursor", async () => {
        const tenant = await newTenant();
        await newKey(tenant);
        await newKey(tenant);
        const page = await registry.keys({ tenant, cursor: null, limit: 1 });
        const cursor = page === 'invalid-cursor' ? null : page.nextCursor;
        expect(cursor).not.toBeNull();
        expect(await registry.audit({ cursor, limit: 1 })).toBe('invalid-cursor');
      });
    });

    describe('the audit log', () => {
      it('says who changed what, when, and what it was before', async () => {
        const tenant = await newTenant({ displayName: 'Before' });
        nowMs += 5;
        await expectDone(registry.updateTenant('admin:ada', tenant, { displayName: 'After' }, null));
        const [entry] = await everything((ask) =>
          registry.audit({ ...ask, tenant, action: 'tenant.update' }),
        );
        expect(entry).toMatchObject({
          at: '2026-11-23T12:00:00.005Z',
          actor: 'admin:ada',
          action: 'tenant.update',
          target: tenant,
          tenant,
          before: { displayName: 'Before', version: 1 },
          after: { displayName: 'After', version: 2 },
        });
      });

      it('has no row of what was refused', async () => {
        const tenant = await newTenant();
        await registry.updateTenant('root', tenant, { plan: 'no-such-plan' }, null);
        await registry.createTenant('root', tenant, {});
        expect(await trail(tenant)).toEqual(['tenant.create']);
      });
    });

    describe('a transaction', () => {
      it('keeps all of it or nothing, its audit rows and epochs too', async () => {
        const [plan, tenant] = [unique('plan'), unique('acme')];
        const before = await newestEpoch(database());
        const failing = registry.transaction(async (within) => {
          await expectDone(within.setPlan('root', plan, {}, null));
          await expectDone(within.createTenant('root', tenant, { plan }));
          await expectDone(within.createKey('root', tenant, {}));
          expect(await within.tenant(tenant)).toMatchObject({ plan });
          throw new Error('changed my mind');
        });
        await expect(failing).rejects.toThrow('changed my mind');
        expect([await registry.plan(plan), await registry.tenant(tenant), await trail(tenant)]).toEqual([
          null,
          null,
          [],
        ]);
        expect(await newestEpoch(database())).toBe(before);
      });

      it('gives back what its work gave', async () => {
        const tenant = unique('acme');
        const made = await registry.transaction((within) =>
          within.transaction((inner) => inner.createTenant('root', tenant, {})),
        );
        expect(made).toMatchObject({ ok: true, value: { id: tenant } });
        expect(await registry.tenant(tenant)).not.toBeNull();
      });

      it('tells gateways of what it changed, once it is done', async () => {
        const tenant = await newTenant();
        const { key } = await newKey(tenant);
        const before = await newestEpoch(database());
        await registry.transaction(async (within) => {
          await within.revokeKey('root', key.id);
          await within.updateTenant('root', tenant, { suspended: true }, null);
        });
        const changes = await database()
          .sql.selectFrom('change')
          .select(['kind', 'id'])
          .where('epoch', '>', before)
          .orderBy('epoch')
          .execute();
        expect(changes).toEqual([
          { kind: 'key', id: key.id },
          { kind: 'tenant', id: tenant },
        ]);
      });
    });
  });
}

async function expectDone<T>(asked: Promise<Result<T>>): Promise<T> {
  const result = await asked;
  if (!result.ok) throw new Error(`refused: ${result.why}: ${result.message}`);
  return result.value;
}

/** All pages of a list. */
async function everything<T>(
  list: (ask: PageAsk) => Promise<Listed<T>>,
  limit = 1_000,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Page<T> | 'invalid-cursor' = await list({ cursor, limit });
    if (page === 'invalid-cursor') throw new Error('our own cursor is refused');
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}
