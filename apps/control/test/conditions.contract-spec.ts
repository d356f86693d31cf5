// No write ignores `if-match`: it is kept to where what is changed has a version, and refused where there is none.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Json, onBothControls, unique } from './control-under-test.ts';

const document: Json = JSON.parse(readFileSync('docs/openapi-admin.json', 'utf8'));
const writes = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods)
    .filter((method) => method !== 'get')
    .map((method) => `${method.toUpperCase()} ${path}`),
);

/** A body that is taken: what is left to refuse is the condition. Fails for a write that is not listed, so none goes unasked. */
const BODIES: Readonly<Record<string, () => object | null>> = {
  'POST /admin/tenants': () => ({ id: unique('new') }),
  'PATCH /admin/tenants/{id}': () => ({ suspended: true }),
  'PUT /admin/plans/{name}': () => ({}),
  'DELETE /admin/plans/{name}': () => null,
  'POST /admin/tenants/{id}/keys': () => ({ name: 'ci' }),
  'PATCH /admin/keys/{id}': () => ({ name: 'other' }),
  'POST /admin/keys/{id}/rotate': () => ({ overlapSeconds: 60 }),
  'POST /admin/keys/{id}/revoke': () => null,
  'POST /admin/apply': () => ({ tenants: [{ id: unique('applied') }] }),
};
const UNCONDITIONAL = ['POST /admin/tenants', 'POST /admin/tenants/{id}/keys', 'POST /admin/apply'];

interface Names {
  readonly tenant: string;
  readonly plan: string;
  readonly key: string;
}

onBothControls('a condition', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const stateOf = async ({ tenant, plan, key }: Names) => {
    const paths = [`tenants/${tenant}`, `plans/${plan}`, `keys/${key}`, 'audit'];
    return (await Promise.all(paths.map((path) => ask(`/admin/${path}`)))).map(({ body }) => body);
  };
  /** Each at version 2. */
  const made = async (): Promise<Names> => {
    const [tenant, plan] = [unique('acme'), unique('standard')];
    await ask('/admin/tenants', { body: { id: tenant } });
    await ask(`/admin/tenants/${tenant}`, { method: 'PATCH', body: { displayName: 'Acme' } });
    await ask(`/admin/plans/${plan}`, { method: 'PUT', body: {} });
    await ask(`/admin/plans/${plan}`, { method: 'PUT', body: { limits: { requestsPerMinute: 5 } } });
    const { id: key } = (await ask(`/admin/tenants/${tenant}/keys`, { body: {} })).body;
    await ask(`/admin/keys/${key}`, { method: 'PATCH', body: { name: 'changed' } });
    return { tenant, plan, key };
  };

  describe.each(writes)('of %s', (write) => {
    const [method = '', path = ''] = write.split(' ');
    let names: Names;
    beforeAll(async () => {
      names = await made();
    });
    const ifMatch = (condition: string) => {
      const url = path
        .replace('{id}', path.includes('/keys/') ? names.key : names.tenant)
        .replace('{name}', names.plan);
      const body = BODIES[write]?.();
      if (body === undefined) throw new Error(`no body for ${write}`);
      return ask(url, { method, headers: { 'if-match': condition }, ...(body === null ? {} : { body }) });
    };
    const takesOne = !UNCONDITIONAL.includes(write);

    it('is documented where it is taken, and nowhere else', () => {
      const { parameters = [], responses } = document.paths[path][method.toLowerCase()];
      const headers = parameters.map(({ name }: Json) => name);
      expect([headers.includes('if-match'), '412' in responses]).toEqual([takesOne, takesOne]);
    });

    it.each(['"1"', '"99"'])('refuses the write for whoever has seen version %s', async (version) => {
      const before = await stateOf(names);
      const { status, body } = await ifMatch(version);
      expect([status, body.type]).toEqual(
        takesOne ? [412, 'urn:ropeway:problem:version_mismatch'] : [400, 'urn:ropeway:problem:bad_request'],
      );
      if (!takesOne) expect(body.detail).toContain('if-match is not taken here');
      expect(await stateOf(names)).toEqual(before);
    });

    it('refuses what is no version', async () => {
      const before = await stateOf(names);
      expect((await ifMatch('W/"2"')).status).toBe(400);
      expect(await stateOf(names)).toEqual(before);
    });

    it('lets through who has seen the last version, where one is taken', async () => {
      expect((await ifMatch('"2"')).status < 300).toBe(takesOne);
    });
  });
});
