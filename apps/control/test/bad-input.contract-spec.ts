import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { onBothControls, unique } from './control-under-test.ts';

const SQL = "x'; DROP TABLE tenant; --";
const LOOKALIKES = ['асme', 'ａcme', 'acmé', 'acme\u200b', 'ACME', 'acme\u0000'];

/** As a forger makes one: the list's own form, and what was never in it. */
const cursorOf = (...parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

onBothControls('bad input', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const paths = (body: { errors?: { path: string }[] }) => body.errors?.map(({ path }) => path);

  it.each([SQL, ...LOOKALIKES, '', 'a'.repeat(64)])('refuses %j as the id of a tenant', async (id) => {
    const made = await ask('/admin/tenants', { body: { id } });
    expect([made.status, paths(made.body)]).toEqual([400, ['id']]);
    if (id !== '') expect((await ask(`/admin/tenants/${encodeURIComponent(id)}`)).status).toBe(400);
    const asked = await ask(`/admin/keys?tenant=${encodeURIComponent(id)}`);
    expect([asked.status, paths(asked.body)]).toEqual([400, ['tenant']]);
  });

  it('keeps a name as it is written, SQL and markup included', async () => {
    const id = unique('acme');
    const displayName = `Robert'); DROP TABLE tenant; -- <script>`;
    await ask('/admin/tenants', { body: { id, displayName } });
    expect((await ask(`/admin/tenants/${id}`)).body.displayName).toBe(displayName);
    expect(
      (await ask(`/admin/audit?action=${encodeURIComponent(SQL)}&target=${encodeURIComponent(SQL)}`)).body
        .items,
    ).toEqual([]);
    expect((await ask('/admin/tenants')).status).toBe(200);
  });

  it.each([
    ['-1', 'limits.requestsPerMinute'],
    ['0', 'limits.requestsPerMinute'],
    ['1.5', 'limits.requestsPerMinute'],
    ['9007199254740992', 'limits.requestsPerMinute'],
    ['9007199254740993', 'limits.requestsPerMinute'],
    ['1e400', 'limits.requestsPerMinute'],
    ['"600"', 'limits.requestsPerMinute'],
    ['[600]', 'limits.requestsPerMinute'],
  ])('refuses a limit of %s', async (number, path) => {
    const raw = `{"id": "${unique('acme')}", "limits": {"requestsPerMinute": ${number}}}`;
    const { status, body } = await ask('/admin/tenants', { raw });
    expect([status, paths(body)]).toEqual([400, [path]]);
  });

  it('keeps the largest limit exactly', async () => {
    const id = unique('acme');
    const limits = {
      requestsPerMinute: 2 ** 53 - 1,
      budgets: [{ period: 'day', unit: 'money', limit: 2 ** 53 - 1 }],
    };
    expect((await ask('/admin/tenants', { body: { id, limits } })).status).toBe(201);
    expect((await ask(`/admin/tenants/${id}`)).body.limits).toEqual(limits);
  });

  it('names every field that is wrong, and every one nobody knows, by its path', async () => {
    const body = {
      id: unique('acme'),
      Plan: 'x',
      limits: { rpm: 5, budgets: [{ period: 'year', unit: 'tokens', limit: -5, why: 1 }] },
      scopes: { cidrs: ['10.0.0.0/8', 'nowhere'] },
    };
    const { status, body: problem } = await ask('/admin/tenants', { body });
    expect(status).toBe(400);
    expect(new Set(paths(problem))).toEqual(
      new Set([
        'Plan',
        'limits.rpm',
        'limits.budgets[0].period',
        'limits.budgets[0].limit',
        'limits.budgets[0].why',
        'scopes.cidrs[1]',
      ]),
    );
    expect(problem).toMatchObject({
      type: 'urn:ropeway:problem:invalid_fields',
      status: 400,
      instance: '/admin/tenants',
    });
  });

  it('bounds what it says of a body that is wrong all over', async () => {
    const body = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`field-${at}-${'x'.repeat(100)}`, 1]),
    );
    const { status, text: said } = await ask('/admin/tenants', { body });
    expect([status, said.length < 20_000]).toEqual([400, true]);
  });

  it.each([
    '{"id": "a"',
    '[]',
    'null',
    '"text"',
    '1',
    '',
    '{"id": "a", "__proto__": {"plan": "x"}}',
    '{"constructor": {"prototype": {}}}',
  ])('refuses %j as a body', async (raw) => {
    const { status, headers } = await ask('/admin/tenants', {
      method: 'POST',
      raw,
      headers: { 'content-type': 'application/json' },
    });
    expect([status, headers.get('content-type')]).toEqual([
      400,
      expect.stringContaining('application/problem+json'),
    ]);
  });

  it('refuses a name that is not UTF-8 rather than keep another one', async () => {
    const id = unique('acme');
    const bytes = Buffer.from(`{"id": "${id}", "displayName": "a\u00ffb"}`, 'latin1');
    const { status, body } = await ask('/admin/tenants', { raw: bytes });
    expect([status, body.detail]).toEqual([400, 'The body is not valid UTF-8.']);
    expect((await ask(`/admin/tenants/${id}`)).status).toBe(404);
  });

  it('parses no body that is nested deeper than any request', async () => {
    const raw = `{"id": "a", "limits": {"budgets": ${'['.repeat(500_000)}${']'.repeat(500_000)}}}`;
    for (const headers of [{}, { 'idempotency-key': unique('key') }]) {
      const { status, body } = await ask('/admin/tenants', { raw, headers });
      expect([status, body.detail]).toEqual([400, 'The request body is nested deeper than 513 levels.']);
    }
  });

  it.each([
    ['no host', []],
    ['two hosts', ['host: a', 'host: b']],
    ['two keys', ['host: a', 'authorization: Bearer x']],
    ['an expectation nobody knows', ['host: a', 'expect: 200-ok']],
  ])('answers a request with %s with a problem', async (_what, lines) => {
    const head = [
      'GET /admin/tenants HTTP/1.1',
      `authorization: Bearer ${control().adminKey}`,
      'connection: close',
      ...lines,
    ];
    const socket = connect(Number(new URL(control().url).port), '127.0.0.1');
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('takes no body of type %s', async (type) => {
    const { status } = await ask('/admin/tenants', { raw: 'id=a', headers: { 'content-type': type } });
    expect(status).toBe(415);
  });

  it('takes a body of 1 MiB at most', async () => {
    const { status, body } = await ask('/admin/tenants', { body: { id: 'a'.repeat(1_048_577) } });
    expect([status, body.type]).toEqual([413, 'urn:ropeway:problem:body_too_large']);
  });

  it('reads no 10 MB of headers', async () => {
    const answered = new Promise<number>((resolve, reject) => {
      const asked = request(`${control().url}/admin/tenants`, {
        headers: { 'x-long': 'x'.repeat(10_000_000) },
      });
      asked.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      // It is answered and closed while we still send: whichever we see first.
      asked.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve(431) : reject(error),
      );
      asked.end();
    });
    expect(await answered).toBe(431);
    expect((await ask('/livez')).status).toBe(200);
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=ten',
    'limit=1&limit=2',
    'cursor=',
    'order=asc',
    'plan=%27',
  ])('refuses the query %s', async (query) => {
    const { status, body } = await ask(`/admin/tenants?${query}`);
    expect([status, paths(body)]).toEqual([400, [query.split('=')[0]]]);
  });

  it.each([
    ['audit', 'target=%00'],
    ['audit', 'action=%00'],
    ['usage', 'model=%00'],
    ['usage', 'pool=a%00b'],
    ['requests', 'model=%00'],
    ['requests', 'pool=%00'],
    ['usage', 'from=0000-01-01'],
    ['usage', 'to=0001-01-01'],
    ['usage', 'from=2026-12-02&to=2026-12-01'],
    ['requests', 'from=0000-01-01'],
    ['requests', 'from=2026-12-02&to=2026-12-01'],
    ['requests', 'to=9999-12-31T23:59:59-14:00'],
    ['requests', `cursor=${cursorOf('2026', 'a')}`],
    ['requests', `cursor=${cursorOf('2026-02-30T00:00:00.000Z', 'a')}`],
    ['requests', `cursor=${cursorOf('+010000-01-01T00:00:00.000Z', 'a')}`],
    ['requests', `cursor=${cursorOf('2026-11-01T00:00:00.000Z', 'a\u0000')}`],
    ['usage', `cursor=${cursorOf('2026-11-01\u0000')}`],
    ['tenants', `cursor=${cursorOf('tenants', '\u0000')}`],
    ['plans', `cursor=${cursorOf('plans', '\u0000')}`],
    ['keys', `cursor=${cursorOf('keys', '2026', 'AAAAAAAAAAAA')}`],
    ['keys', `cursor=${cursorOf('keys', '2026-02-30T00:00:00.000Z', 'AAAAAAAAAAAA')}`],
    ['keys', `cursor=${cursorOf('keys', '+010000-01-01T00:00:00.000Z', 'AAAAAAAAAAAA')}`],
  ])('refuses what no database compares: %s?%s', async (list, query) => {
    const { status, body } = await ask(`/admin/${list}?${query}`);
    expect([status, paths(body)]).toEqual([400, [query.split('=')[0]]]);
  });

  it.each(['9999-12-31T23:59:59-14:00', '0001-01-01T00:00:00+14:00'])(
    'refuses %s as the end of a key',
    async (expiresAt) => {
      const id = unique('acme');
      await ask('/admin/tenants', { body: { id } });
      const { status, body } = await ask(`/admin/tenants/${id}/keys`, { body: { expiresAt } });
      expect([status, paths(body)]).toEqual([400, ['expiresAt']]);
    },
  );

  it.each([
    '/admin/tenants/%zz',
    '/admin/tenants/%00',
    '/admin/tenants/..%2f..%2fetc',
    `/admin/tenants/${'a'.repeat(5_000)}`,
  ])('answers %s with a problem', async (path) => {
    const { status, headers } = await ask(path);
    expect([400, 404].includes(status)).toBe(true);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it('takes GET and no HEAD, so that what only reads is one method', async () => {
    expect((await ask('/admin/tenants', { method: 'HEAD' })).status).toBe(405);
  });

  it('says which methods a path takes', async () => {
    const { status, headers } = await ask('/admin/tenants', { method: 'DELETE' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});
