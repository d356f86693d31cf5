// Each documented route answers, and as documented: no member more, none less, of the type it says.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { DatabaseSink } from '#ledger';
import { type Json, onBothControls, unique } from './control-under-test.ts';
import { ledgerRow } from './ledger-row.ts';

const document: Json = JSON.parse(readFileSync('docs/openapi-admin.json', 'utf8'));
const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** What is asked of each: fails for a route that is not listed here, so none goes unasked. */
const BODIES: Readonly<Record<string, (names: Names) => object>> = {
  'POST /admin/tenants': () => ({
    id: unique('new'),
    limits: { requestsPerMinute: 1 },
    scopes: { models: ['m'] },
  }),
  'PATCH /admin/tenants/{id}': () => ({ displayName: unique('named') }),
  'PUT /admin/plans/{name}': () => ({ limits: { budgets: [{ period: 'day', unit: 'tokens', limit: 5 }] } }),
  'POST /admin/tenants/{id}/keys': () => ({ name: 'ci', scopes: { cidrs: ['10.0.0.0/8'] } }),
  'PATCH /admin/keys/{id}': () => ({ expiresAt: '2030-01-01T00:00:00Z' }),
  'POST /admin/keys/{id}/rotate': () => ({ overlapSeconds: 60 }),
  'POST /admin/apply': ({ tenant }) => ({ tenants: [{ id: tenant, keys: [{ name: unique('applied') }] }] }),
};

interface Names {
  readonly tenant: string;
  readonly plan: string;
  readonly key: string;
  readonly request: string;
}

onBothControls('each documented route', (control) => {
  let names: Names;
  beforeAll(async () => {
    const [tenant, plan] = [unique('acme'), unique('standard')];
    const { ask, database } = control();
    const limits = { requestsPerMinute: 5, budgets: [{ period: 'month', unit: 'money', limit: 9 }] };
    await ask('/admin/tenants', { body: { id: tenant, limits, timeZone: 'Asia/Tokyo' } });
    await ask(`/admin/plans/${plan}`, { method: 'PUT', body: {} });
    const { body } = await ask(`/admin/tenants/${tenant}/keys`, { body: {} });
    const row = ledgerRow({ tenant, key_id: body.id });
    await new DatabaseSink(database).write(JSON.stringify([row]), AbortSignal.timeout(10_000));
    names = { tenant, plan, key: body.id, request: row.request_id };
  });

  const urlOf = (path: string): string => {
    const id = path.includes('/keys/')
      ? names.key
      : path.includes('/requests/')
        ? names.request
        : names.tenant;
    const url = path.replace('{id}', id).replace('{name}', names.plan);
    return path === '/admin/usage'
      ? `${url}?from=2026-11-01&to=2026-11-30&by=day,tenant,key,model,pool`
      : url;
  };

  // DELETE goes last, for it takes away what the others ask for.
  describe.each(
    operations.toSorted((a, b) => Number(a.startsWith('DELETE')) - Number(b.startsWith('DELETE'))),
  )('%s', (route) => {
    const [method = '', path = ''] = route.split(' ');
    const operation: Json = document.paths[path][method.toLowerCase()];

    it('answers as documented', async () => {
      const body = BODIES[route]?.(names);
      const answer = await control().ask(urlOf(path), { method, ...(body === undefined ? {} : { body }) });
      expect(answer.status).toBe(
        Number(Object.keys(operation.responses).find((status) => status.startsWith('2'))),
      );
      const documented = operation.responses[answer.status].content['application/json'].schema;
      expect(wrongWith(documented, answer.body)).toEqual([]);
    });

    it('refuses as documented', async () => {
      if (operation.security === undefined) return;
      const answer = await control().ask(urlOf(path), { method, key: null });
      expect(answer.status).toBe(401);
      const { $ref } = operation.responses['401'];
      const documented =
        document.components.responses[$ref.split('/').at(-1)].content['application/problem+json'].schema;
      expect(wrongWith(documented, answer.body)).toEqual([]);
    });
  });
});

/** What a schema of the document says of a value; nothing where it takes it. */
function wrongWith(schema: object, value: unknown): readonly string[] {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  );
  const read = z.fromJSONSchema(JSON.parse(text)).safeParse(value);
  return read.success ? [] : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}
