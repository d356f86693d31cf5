import { describe, expect, it } from '@jest/globals';
import { parseKeyToken } from '#tenancy';
import { onBothControls, unique } from './control-under-test.ts';

onBothControls('tenants, plans and keys', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const newTenant = async (input: object = {}): Promise<string> => {
    const id = unique('acme');
    expect((await ask('/admin/tenants', { body: { id, ...input } })).status).toBe(201);
    return id;
  };
  const newKey = async (tenant: string, input: object = {}) =>
    (await ask(`/admin/tenants/${tenant}/keys`, { body: input })).body;

  describe('a tenant', () => {
    it('is made, read, changed and suspended, each time with its version', async () => {
      const id = unique('acme');
      const made = await ask('/admin/tenants', {
        body: { id, displayName: 'Acme', timeZone: 'Europe/Berlin' },
      });
      expect(made).toMatchObject({
        status: 201,
        body: { id, version: 1, timeZone: 'Europe/Berlin', plan: null },
      });
      expect([made.headers.get('location'), made.headers.get('etag')]).toEqual([
        `/admin/tenants/${id}`,
        '"1"',
      ]);
      const changed = await ask(`/admin/tenants/${id}`, { method: 'PATCH', body: { suspended: true } });
      expect(changed).toMatchObject({ status: 200, body: { version: 2, displayName: 'Acme' } });
      expect(changed.body.suspendedAt).toMatch(/^\d{4}-.*Z$/);
      expect((await ask(`/admin/tenants/${id}`)).body).toEqual(changed.body);
    });

    it('is not made twice', async () => {
      const id = await newTenant();
      expect(await ask('/admin/tenants', { body: { id } })).toMatchObject({
        status: 409,
        body: { type: 'urn:ropeway:problem:conflict', instance: '/admin/tenants' },
      });
    });

    it('is changed only by who has seen its last version', async () => {
      const id = await newTenant();
      const change = (version: string) =>
        ask(`/admin/tenants/${id}`, {
          method: 'PATCH',
          body: { displayName: `seen ${version}` },
          headers: { 'if-match': version },
        });
      expect((await change('"1"')).status).toBe(200);
      expect(await change('"1"')).toMatchObject({
        status: 412,
        body: { type: 'urn:ropeway:problem:version_mismatch' },
      });
      expect((await ask(`/admin/tenants/${id}`)).body).toMatchObject({ displayName: 'seen "1"', version: 2 });
      expect((await change('W/"2"')).status).toBe(400);
    });

    it('is refused on a plan that is not there, by the path of the field', async () => {
      const { status, body } = await ask('/admin/tenants', {
        body: { id: unique('a'), plan: 'no-such-plan' },
      });
      expect([status, body.errors?.[0]?.path]).toEqual([400, 'plan']);
    });
  });

  describe('a plan', () => {
    it('is made, replaced as a whole, and removed', async () => {
      const name = unique('standard');
      const put = (body: object) => ask(`/admin/plans/${name}`, { method: 'PUT', body });
      const made = await put({ limits: { requestsPerMinute: 600 }, scopes: { maxWindowTokens: 65_536 } });
      expect(made).toMatchObject({
        status: 200,
        body: { name, limits: { requestsPerMinute: 600, budgets: [] } },
      });
      const replaced = await put({ limits: { tokensPerMinute: 5 } });
      expect(replaced.body).toMatchObject({
        limits: { requestsPerMinute: null, tokensPerMinute: 5 },
        scopes: { maxWindowTokens: null },
        version: 2,
      });
      expect((await ask(`/admin/plans/${name}`, { method: 'DELETE' })).body).toMatchObject({ name });
      expect((await ask(`/admin/plans/${name}`)).status).toBe(404);
    });

    it('stays while a tenant is on it', async () => {
      const name = unique('standard');
      await ask(`/admin/plans/${name}`, { method: 'PUT', body: {} });
      await newTenant({ plan: name });
      expect((await ask(`/admin/plans/${name}`, { method: 'DELETE' })).status).toBe(409);
    });
  });

  describe('a key', () => {
    it('shows its text when it is made, and never again', async () => {
      const tenant = await newTenant();
      const { status, body, headers } = await ask(`/admin/tenants/${tenant}/keys`, {
        body: { name: 'ci', environment: 'test' },
      });
      expect([status, headers.get('location')]).toEqual([201, `/admin/keys/${body.id}`]);
      expect(parseKeyToken(body.key)).toMatchObject({ id: body.id, environment: 'test' });
      const secret = body.key.split('_')[3];
      const { key: _text, ...rest } = body;
      const later = await Promise.all(
        [`/admin/keys/${body.id}`, `/admin/keys?tenant=${tenant}`, `/admin/audit?tenant=${tenant}`].map(
          (path) => ask(path),
        ),
      );
      expect(later[0]?.body).toEqual(rest);
      expect(later[1]?.body.items).toEqual([rest]);
      for (const { text } of later) expect(text).not.toContain(secret);
      expect(control().logged()).not.toContain(secret);
    });

    it('is replaced by another of the same lineage, with an overlap', async () => {
      const tenant = await newTenant();
      const old = await newKey(tenant, { limits: { requestsPerMinute: 5 } });
      const { status, body } = await ask(`/admin/keys/${old.id}/rotate`, { body: { overlapSeconds: 3_600 } });
      expect(status).toBe(201);
      expect(body).toMatchObject({ lineage: old.lineage, tenant, limits: { requestsPerMinute: 5 } });
      expect(body.id).not.toBe(old.id);
      const replaced = (await ask(`/admin/keys/${old.id}`)).body;
      expect(replaced).toMatchObject({ replacedBy: body.id, state: 'active' });
      expect(Date.parse(replaced.expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
    });

    it.each([null, '2100-01-01T00:00:00Z'])(
      'is not kept beyond its overlap: an end of %p is refused by the path of the field',
      async (expiresAt) => {
        const { id } = await newKey(await newTenant());
        const next = await ask(`/admin/keys/${id}/rotate`, { body: { overlapSeconds: 3_600 } });
        const replaced = (await ask(`/admin/keys/${id}`)).body;
        const change = { name: 'other', expiresAt };
        const { status, body } = await ask(`/admin/keys/${id}`, { method: 'PATCH', body: change });
        expect([status, body.type]).toEqual([409, 'urn:ropeway:problem:conflict']);
        expect(body.errors).toEqual([{ path: 'expiresAt', message: expect.stringContaining(next.body.id) }]);
        expect((await ask(`/admin/keys/${id}`)).body).toEqual(replaced);
      },
    );

    it('is revoked for good, and asking again changes nothing', async () => {
      const { id } = await newKey(await newTenant());
      const revoked = await ask(`/admin/keys/${id}/revoke`, { method: 'POST' });
      expect(revoked).toMatchObject({ status: 200, body: { state: 'revoked' } });
      expect((await ask(`/admin/keys/${id}/revoke`, { method: 'POST' })).body).toEqual(revoked.body);
    });

    it('keeps its environment', async () => {
      const { id } = await newKey(await newTenant());
      const { status, body } = await ask(`/admin/keys/${id}`, {
        method: 'PATCH',
        body: { environment: 'test' },
      });
      expect([status, body.errors]).toEqual([400, [{ path: 'environment', message: 'Unknown field' }]]);
    });

    it.each([604_801, -1, 0.5])('is not rotated with an overlap of %p s', async (overlapSeconds) => {
      const { id } = await newKey(await newTenant());
      expect((await ask(`/admin/keys/${id}/rotate`, { body: { overlapSeconds } })).status).toBe(400);
    });

    it('is not found under an id nobody has', async () => {
      expect((await ask('/admin/keys/000000000000')).status).toBe(404);
      expect((await ask('/admin/keys/000000000000/revoke', { method: 'POST' })).status).toBe(404);
    });
  });

  describe('lists', () => {
    it('come in pages that hold each item once', async () => {
      const tenant = await newTenant();
      const made = [];
      for (let count = 0; count < 5; count++) made.push((await newKey(tenant, { name: `k${count}` })).id);
      const seen: string[] = [];
      let path = `/admin/keys?tenant=${tenant}&limit=2`;
      for (let pages = 1; ; pages++) {
        const { body } = await ask(path);
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        if (body.nextCursor === null) {
          expect(pages).toBe(3);
          break;
        }
        path = `/admin/keys?tenant=${tenant}&limit=2&cursor=${encodeURIComponent(body.nextCursor)}`;
      }
      expect(seen.toSorted()).toEqual(made.toSorted());
    });

    it.each(['tenants', 'plans', 'keys', 'audit', 'usage', 'requests'])(
      'of %s refuse a cursor that is not theirs, by its path',
      async (list) => {
        const { status, body } = await ask(`/admin/${list}?cursor=%27%3B%20drop%20table`);
        expect([status, body.errors?.[0]?.path]).toEqual([400, 'cursor']);
      },
    );

    it('of keys can be asked for by state', async () => {
      const tenant = await newTenant();
      const { id } = await newKey(tenant);
      await newKey(tenant);
      await ask(`/admin/keys/${id}/revoke`, { method: 'POST' });
      const { body } = await ask(`/admin/keys?tenant=${tenant}&state=revoked`);
      expect(body.items.map((key: { id: string }) => key.id)).toEqual([id]);
    });
  });

  it('writes down who changed what, and what it was before', async () => {
    const tenant = await newTenant();
    await ask(`/admin/tenants/${tenant}`, { method: 'PATCH', body: { displayName: 'Other' } });
    const { body } = await ask(`/admin/audit?tenant=${tenant}`);
    const actor = `admin:${control().adminKey.split('_')[1]}`;
    expect(body.items).toMatchObject([
      { actor, target: tenant, before: { displayName: expect.any(String) }, after: { displayName: 'Other' } },
      { actor, target: tenant, before: null },
    ]);
  });
});
