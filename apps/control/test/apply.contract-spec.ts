import { expect, it } from '@jest/globals';
import { lockChanges } from '#database';
import { onBothControls, unique } from './control-under-test.ts';

onBothControls('declared tenants', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const apply = (body: object, headers = {}) => ask('/admin/apply', { body, headers });
  const declared = () => {
    const [plan, tenant] = [unique('standard'), unique('acme')];
    return {
      plan,
      tenant,
      body: {
        plans: [{ name: plan, limits: { requestsPerMinute: 600 }, scopes: { maxWindowTokens: 65_536 } }],
        tenants: [
          {
            id: tenant,
            displayName: 'Acme',
            plan,
            timeZone: 'Europe/Berlin',
            keys: [{ name: 'ci', environment: 'test' }],
          },
        ],
      },
    };
  };
  const opsOf = (body: { changes: { op: string; kind: string; id: string }[] }) =>
    body.changes.map(({ op, kind, id }) => `${op} ${kind} ${id}`);

  it('are made as they are declared, and shown with what was set', async () => {
    const { plan, tenant, body } = declared();
    const applied = await apply(body);
    expect(applied.status).toBe(200);
    expect(opsOf(applied.body)).toEqual([
      `create plan ${plan}`,
      `create tenant ${tenant}`,
      `create key ${tenant}/ci`,
    ]);
    expect(applied.body.changes[0].fields).toEqual([
      { path: 'limits.requestsPerMinute', after: 600 },
      { path: 'scopes.maxWindowTokens', after: 65_536 },
    ]);
    expect(applied.body.keys).toEqual([
      { id: expect.any(String), name: 'ci', tenant, key: expect.stringMatching(/^rw_test_/) },
    ]);
    expect((await ask(`/admin/tenants/${tenant}`)).body).toMatchObject({
      plan,
      timeZone: 'Europe/Berlin',
      version: 1,
    });
  });

  it('leave no second trace when they are applied again', async () => {
    const { tenant, body } = declared();
    await apply(body);
    const before = (await ask('/admin/audit?limit=1')).body.items;
    const again = await apply(body);
    expect(again.body.keys).toEqual([]);
    for (const change of again.body.changes) expect(change).toMatchObject({ op: 'none', fields: [] });
    expect((await ask('/admin/audit?limit=1')).body.items).toEqual(before);
    expect((await ask(`/admin/tenants/${tenant}`)).body.version).toBe(1);
  });

  it('change only what they name, and say field by field what', async () => {
    const { plan, tenant, body } = declared();
    await apply(body);
    await ask(`/admin/tenants/${tenant}`, { method: 'PATCH', body: { isStrict: true } });
    const applied = await apply({
      plans: [{ name: plan, limits: { requestsPerMinute: 60 } }],
      tenants: [
        {
          id: tenant,
          displayName: 'Acme',
          limits: { tokensPerMinute: 9 },
          keys: [{ name: 'ci', expiresAt: '2030-01-01T01:00:00+01:00' }],
        },
      ],
    });
    expect(applied.body.changes).toEqual([
      {
        op: 'update',
        kind: 'plan',
        id: plan,
        fields: [
          { path: 'limits.requestsPerMinute', before: 600, after: 60 },
          { path: 'scopes.maxWindowTokens', before: 65_536, after: null },
        ],
      },
      {
        op: 'update',
        kind: 'tenant',
        id: tenant,
        fields: [{ path: 'limits.tokensPerMinute', after: 9 }],
      },
      {
        op: 'update',
        kind: 'key',
        id: `${tenant}/ci`,
        fields: [{ path: 'expiresAt', before: null, after: '2030-01-01T00:00:00.000Z' }],
      },
    ]);
    expect((await ask(`/admin/tenants/${tenant}`)).body).toMatchObject({
      isStrict: true,
      plan,
      limits: { tokensPerMinute: 9 },
    });
    const again = await apply({
      tenants: [{ id: tenant, keys: [{ name: 'ci', expiresAt: '2030-01-01T01:00:00+01:00' }] }],
    });
    expect(again.body.changes.map(({ op }: { op: string }) => op)).toEqual(['none', 'none']);
  });

  it('tell a limit that is taken away from one that the plan gives, there and back', async () => {
    const { plan, tenant, body } = declared();
    const withLimits = (limits: object) => apply({ tenants: [{ id: tenant, plan, limits }] });
    const fieldsOf = async (limits: object) => (await withLimits(limits)).body.changes[0].fields;
    await apply(body);
    expect(await fieldsOf({ requestsPerMinute: null })).toEqual([
      { path: 'limits.requestsPerMinute', after: null },
    ]);
    expect(await fieldsOf({})).toEqual([{ path: 'limits.requestsPerMinute', before: null }]);
    const made = await apply({ tenants: [{ id: unique('b'), plan, limits: { requestsPerMinute: null } }] });
    expect(made.body.changes[0].fields).toContainEqual({ path: 'limits.requestsPerMinute', after: null });
  });

  it.each(['tenant', 'key'])(
    "are the whole of a %s's own limits and scopes where they name them",
    async (kind) => {
      const { tenant, body } = declared();
      await apply(body);
      const own = (fields: object) =>
        apply({
          tenants: [
            kind === 'tenant' ? { id: tenant, ...fields } : { id: tenant, keys: [{ name: 'ci', ...fields }] },
          ],
        });
      const budgets = [{ period: 'day', unit: 'tokens', limit: 100 }];
      await own({ limits: { budgets }, scopes: { maxPromptTokens: 9 } });
      const silent = await own({});
      expect(silent.body.changes.map(({ op }: { op: string }) => op)).not.toContain('update');
      const { changes } = (await own({ limits: { requestsPerMinute: 6 }, scopes: {} })).body;
      expect(changes.find((change: { kind: string }) => change.kind === kind).fields).toEqual([
        { path: 'limits.requestsPerMinute', after: 6 },
        { path: 'limits.budgets', before: budgets },
        { path: 'scopes.maxPromptTokens', before: 9 },
      ]);
      const { body: there } = await (kind === 'tenant'
        ? ask(`/admin/tenants/${tenant}`)
        : ask(`/admin/keys?tenant=${tenant}`));
      const { limits, scopes } = kind === 'tenant' ? there : there.items[0];
      expect([limits, scopes]).toEqual([{ requestsPerMinute: 6 }, {}]);
    },
  );

  it('in a dry run are checked and shown, and nothing of it stays', async () => {
    const { plan, tenant, body } = declared();
    const planned = await apply({ ...body, dryRun: true });
    expect(opsOf(planned.body)).toEqual([
      `create plan ${plan}`,
      `create tenant ${tenant}`,
      `create key ${tenant}/ci`,
    ]);
    expect(planned.body.keys).toEqual([]);
    expect((await ask(`/admin/plans/${plan}`)).status).toBe(404);
    expect((await ask(`/admin/audit?target=${tenant}`)).body.items).toEqual([]);
    expect((await apply(body)).body.changes).toEqual(planned.body.changes);
  });

  it('wait for no writer in a dry run, nor where nothing differs: neither takes the lock', async () => {
    const { database } = control();
    // Embedded there is one connection: nobody else could hold the lock.
    if (database.kind === 'embedded') return;
    const { body } = declared();
    const planned = await database.sql.transaction().execute(async (trx) => {
      await lockChanges(trx);
      return apply({ ...body, dryRun: true });
    });
    expect([planned.status, planned.body.changes.length]).toEqual([200, 3]);
    await apply(body);
    const again = await database.sql.transaction().execute(async (trx) => {
      await lockChanges(trx);
      return apply(body);
    });
    expect(again.body.changes.map(({ op }: { op: string }) => op)).toEqual(['none', 'none', 'none']);
  });

  it('are checked in a dry run as they are without', async () => {
    const [tenant, past] = [unique('a'), '2020-01-01T00:00:00Z'];
    const bodies = [
      { tenants: [{ id: tenant, plan: 'no-such-plan' }] },
      { tenants: [{ id: tenant, keys: [{ name: 'ci', expiresAt: past }] }] },
    ];
    for (const body of bodies) {
      const [dry, real] = [await apply({ ...body, dryRun: true }), await apply(body)];
      expect([dry.status, dry.body.errors]).toEqual([400, real.body.errors]);
    }
  });

  it('are all made or none, and what is wrong is named by its path', async () => {
    const { plan, tenant, body } = declared();
    const applied = await apply({
      ...body,
      tenants: [...body.tenants, { id: unique('b'), plan: 'no-such-plan' }],
    });
    expect([applied.status, applied.body.errors?.[0]?.path]).toEqual([400, 'tenants[1].plan']);
    expect((await ask(`/admin/plans/${plan}`)).status).toBe(404);
    expect((await ask(`/admin/tenants/${tenant}`)).status).toBe(404);
  });

  it('are refused whole for a field nobody knows', async () => {
    const { status, body } = await apply({
      tenants: [{ id: unique('a'), keys: [{ name: 'ci', color: 'red' }] }],
    });
    expect([status, body.errors]).toEqual([
      400,
      [{ path: 'tenants[0].keys[0].color', message: 'Unknown field' }],
    ]);
  });

  it('do not bring back a key that somebody revoked', async () => {
    const { tenant, body } = declared();
    const [{ id }] = (await apply(body)).body.keys;
    await ask(`/admin/keys/${id}/revoke`, { method: 'POST' });
    const again = await apply({
      tenants: [{ id: tenant, keys: [{ name: 'ci', limits: { tokensPerMinute: 1 } }] }],
    });
    expect([again.status, again.body.keys, again.body.changes[1].op]).toEqual([200, [], 'none']);
    expect((await ask(`/admin/keys?tenant=${tenant}&state=active`)).body.items).toEqual([]);
  });

  it('follow a key to the one it was rotated to', async () => {
    const { tenant, body } = declared();
    const [{ id }] = (await apply(body)).body.keys;
    const rotated = await ask(`/admin/keys/${id}/rotate`, { body: { overlapSeconds: 60 } });
    const limits = { requestsPerMinute: 3 };
    await apply({ tenants: [{ id: tenant, keys: [{ name: 'ci', limits }] }] });
    expect((await ask(`/admin/keys/${rotated.body.id}`)).body.limits).toEqual(limits);
    expect((await ask(`/admin/keys/${id}`)).body.limits).toEqual({});
  });

  it('cannot move a key to the other environment', async () => {
    const { tenant, body } = declared();
    await apply(body);
    const moved = await apply({ tenants: [{ id: tenant, keys: [{ name: 'ci', environment: 'live' }] }] });
    expect([moved.status, moved.body.errors?.[0]?.path]).toEqual([400, 'tenants[0].keys[0].environment']);
  });

  it('keep no text of a key under an idempotency key', async () => {
    const { body } = declared();
    const headers = { 'idempotency-key': unique('key') };
    const first = await apply(body, headers);
    const again = await apply(body, headers);
    expect(again.body).toEqual({ ...first.body, keys: [{ ...first.body.keys[0], key: null }] });
  });
});
