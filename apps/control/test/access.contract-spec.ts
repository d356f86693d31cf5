import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { newAdminKey, newKeyToken, tokenText } from '#tenancy';
import { controlOver, onBothControls, unique } from './control-under-test.ts';

onBothControls('access to the admin API', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const EVERYWHERE = [
    '/admin/tenants',
    '/admin/plans/x',
    '/admin/audit',
    '/admin/status',
    '/admin/nothing',
    '/x',
  ];

  it.each(EVERYWHERE)('needs a key at %s, and tells strangers nothing else', async (path) => {
    const answers = [
      await ask(path, { key: null }),
      await ask(path, { key: newAdminKey('admin').text }),
      await ask(path, { key: 'rwa_junk' }),
      await ask(path, { key: null, headers: { authorization: 'Basic YTpi' } }),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="ropeway-admin"']);
      expect(body).toEqual(answers[0]?.body);
    }
  });

  it('lets in no key of the gateway, however right it is there', async () => {
    const tenant = unique('acme');
    await ask('/admin/tenants', { body: { id: tenant } });
    const { body } = await ask(`/admin/tenants/${tenant}/keys`, { body: {} });
    for (const key of [body.key, tokenText(newKeyToken('live'))])
      expect((await ask('/admin/tenants', { key })).status).toBe(401);
  });

  it('reads no body of a stranger', async () => {
    const socket = connect(Number(new URL(control().url).port), '127.0.0.1');
    socket.write(
      'POST /admin/tenants HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{',
    );
    const [head] = await Promise.all([new Promise<Buffer>((resolve) => socket.once('data', resolve))]);
    socket.destroy();
    expect(head.toString()).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('lets a viewer read everything and change nothing', async () => {
    const key = control().viewerKey;
    const id = unique('acme');
    await ask('/admin/tenants', { body: { id } });
    for (const path of [
      '/admin/tenants',
      `/admin/tenants/${id}`,
      '/admin/audit',
      '/admin/usage',
      '/admin/status',
    ])
      expect((await ask(path, { key })).status).toBe(200);
    const changes = [
      await ask('/admin/tenants', { key, body: { id: unique('b') } }),
      await ask(`/admin/tenants/${id}`, { key, method: 'PATCH', body: {} }),
      await ask('/admin/plans/x', { key, method: 'PUT', body: {} }),
      await ask('/admin/plans/x', { key, method: 'DELETE' }),
      await ask('/admin/keys/000000000000/revoke', { key, method: 'POST' }),
      await ask('/admin/apply', { key, body: { dryRun: true } }),
    ];
    for (const { status, body } of changes)
      expect([status, body.type]).toEqual([403, 'urn:ropeway:problem:forbidden']);
  });

  it('holds up an address with too many wrong keys, never a right one', async () => {
    const strict = await controlOver(control().database, {}, { failedPerMinute: 6 });
    try {
      const wrong = () => strict.ask('/admin/tenants', { key: 'rwa_junk' });
      expect((await wrong()).status).toBe(401);
      const { status, headers, body } = await wrong();
      expect([status, body.type]).toEqual([429, 'urn:ropeway:problem:too_many_attempts']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await strict.ask('/admin/tenants')).status).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it('says nothing to be kept, framed or guessed at', async () => {
    for (const path of ['/admin/tenants', '/admin/nothing', '/livez', '/admin/openapi.json']) {
      const { headers } = await ask(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
  });

  it('answers no other origin: CORS is off', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const preflight = await ask('/admin/tenants', { method: 'OPTIONS', headers, key: null });
    expect(preflight.status).toBe(401);
    const { headers: answered } = await ask('/admin/tenants', { headers });
    expect([...answered.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('logs one line a request: the route, no query, no key', async () => {
    await ask('/admin/tenants?plan=some-plan-nobody-has');
    const logged = control().logged();
    expect(logged).toContain('"route":"/admin/tenants"');
    expect(logged).not.toContain('some-plan-nobody-has');
    expect(logged).not.toContain(control().adminKey.split('_')[2]);
  });

  describe('health', () => {
    it.each(['/livez', '/readyz'])('is told to HEAD %s as to GET, without the body', async (path) => {
      const [head, get] = [await ask(path, { key: null, method: 'HEAD' }), await ask(path, { key: null })];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['content-type', 'content-length'])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      const { status, headers } = await ask(path, { method: 'POST' });
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    });

    it('needs no key', async () => {
      expect(await ask('/livez', { key: null })).toMatchObject({ status: 200, body: { status: 'live' } });
      expect(await ask('/readyz', { key: null })).toMatchObject({ status: 200, body: { status: 'ready' } });
    });

    it('says what it stands on', async () => {
      const { kind } = control().database;
      expect((await ask('/admin/status')).body).toMatchObject({
        version: '0.0.0-test',
        schema: expect.any(Number),
        schemaProblem: null,
        database: { kind, ok: true, latencyMs: expect.any(Number) },
        redis: { mode: 'none' },
        ledger: null,
      });
    });
  });

  it('keeps junk off: what is not HTTP gets a problem and a closed connection', async () => {
    const socket = connect(Number(new URL(control().url).port), '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
  });
});
