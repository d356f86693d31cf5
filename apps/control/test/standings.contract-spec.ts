import { expect, it } from '@jest/globals';
import { connectRedis, MemoryLimiter, NO_LIMITS, RedisLimiter, requestCharges } from '#limits';
import { controlOver, onBothControls, unique } from './control-under-test.ts';

onBothControls('how limits stand', (control) => {
  it('counts plan, tenant and key together, what was used included', async () => {
    const [plan, tenant] = [unique('standard'), unique('acme')];
    // Its time stands still: 600 a minute give one back each tenth of a second.
    const limiter = new MemoryLimiter({ nowUs: () => 1_000_000 });
    const api = await controlOver(control().database, { limiter });
    try {
      const budgets = [
        { period: 'day', unit: 'tokens', limit: 1_000 },
        { period: 'month', unit: 'money', limit: 2_000 },
      ];
      await api.ask(`/admin/plans/${plan}`, {
        method: 'PUT',
        body: { limits: { requestsPerMinute: 600, budgets } },
      });
      await api.ask('/admin/tenants', { body: { id: tenant, plan, limits: { concurrentRequests: 7 } } });
      const { body: key } = await api.ask(`/admin/tenants/${tenant}/keys`, {
        body: { limits: { requestsPerMinute: 60 } },
      });
      const caller = {
        tenant,
        lineage: key.lineage,
        tenantLimits: { ...NO_LIMITS, requestsPerMinute: 600 },
        keyLimits: { ...NO_LIMITS, requestsPerMinute: 60 },
        maxPromptTokens: null,
        timeZone: 'UTC',
      };
      await limiter.take({ tenant, isStrict: false, isPrepaid: false }, requestCharges(caller));
      const ofTenant = await api.ask(`/admin/tenants/${tenant}/limits`);
      expect(ofTenant.body).toEqual({
        tenant,
        key: null,
        items: expect.arrayContaining([
          {
            kind: 'requests',
            scope: 'tenant',
            unit: null,
            limit: 600,
            remaining: 99,
            resetMs: expect.any(Number),
          },
          { kind: 'concurrent_requests', scope: 'tenant', unit: null, limit: 7, remaining: 7, resetMs: 0 },
          {
            kind: 'day_budget',
            scope: 'tenant',
            unit: 'tokens',
            limit: 1_000,
            remaining: 1_000,
            resetMs: expect.any(Number),
          },
          {
            kind: 'month_budget',
            scope: 'tenant',
            unit: 'money',
            limit: 2_000,
            remaining: 2_000,
            resetMs: expect.any(Number),
          },
        ]),
      });
      expect(ofTenant.body.items).toHaveLength(4);
      const withKey = await api.ask(`/admin/tenants/${tenant}/limits?key=${key.id}`);
      expect(withKey.body.items).toContainEqual({
        kind: 'requests',
        scope: 'key',
        unit: null,
        limit: 60,
        remaining: 9,
        resetMs: expect.any(Number),
      });
    } finally {
      await api.close();
      await limiter.close();
    }
  });

  it('knows no key of another tenant', async () => {
    const [tenant, other] = [unique('acme'), unique('other')];
    const { ask } = control();
    for (const id of [tenant, other]) await ask('/admin/tenants', { body: { id } });
    const { body } = await ask(`/admin/tenants/${other}/keys`, { body: {} });
    expect((await ask(`/admin/tenants/${tenant}/limits?key=${body.id}`)).status).toBe(404);
    expect((await ask(`/admin/tenants/${unique('nobody')}/limits`)).status).toBe(404);
  });

  it('says so when Redis does not answer, rather than that there are no limits', async () => {
    const id = unique('acme');
    const nowhere = {
      urls: ['redis://127.0.0.1:1'],
      isCluster: false,
      username: null,
      password: null,
      ca: null,
    };
    const connection = connectRedis(nowhere, () => {});
    const limiter = new RedisLimiter({ ...COUNTING, connection });
    const api = await controlOver(control().database, { limiter });
    try {
      await api.ask('/admin/tenants', { body: { id, limits: { requestsPerMinute: 5 } } });
      const { status, body } = await api.ask(`/admin/tenants/${id}/limits`);
      expect([status, body.detail]).toEqual([503, expect.stringContaining('Redis')]);
    } finally {
      await api.close();
      await limiter.close();
      connection.disconnect();
    }
  });
});

const COUNTING = {
  keyPrefix: 'rw:',
  commandTimeoutMs: 20,
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  meterTokens: 256,
  meterMs: 1_000,
  truth: null,
};
