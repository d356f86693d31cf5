import { afterEach, describe, expect, it } from '@jest/globals';
import { type Asked, type StandInServer, sendJson, standInServer } from '../testing/stand-in-server.ts';
import { ran } from '../testing/test-terminal.ts';

const STAMP = '2026-11-23T10:00:00.000Z';
const TENANT = {
  id: 'acme',
  displayName: 'Acme',
  plan: 'standard',
  limits: { requestsPerMinute: 5 },
  scopes: {},
  timeZone: 'UTC',
  isStrict: false,
  isPrepaid: false,
  suspendedAt: null,
  version: 7,
  createdAt: STAMP,
  updatedAt: STAMP,
};

/** Nine of it, under a name. */
const many = (name: string, item: string) => `${name}: &${name} [${Array(9).fill(item).join(',')}]`;

let server: StandInServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serving(answer: (asked: Asked) => { status: number; body: unknown } | 'hang up') {
  server = await standInServer((asked, res) => {
    const given = answer(asked);
    if (given === 'hang up') res.socket?.destroy();
    else sendJson(res, given.status, given.body);
  });
  const env = { ROPEWAY_ADMIN_URL: server.url, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
  return { asked: server.asked, run: (...args: string[]) => ran(args, { env }) };
}

describe('the client of the admin API', () => {
  it('repeats a create whose answer got lost, under the same idempotency key', async () => {
    let tries = 0;
    const { asked, run } = await serving(() => {
      tries += 1;
      return tries === 1 ? 'hang up' : { status: 201, body: TENANT };
    });
    expect(await run('tenant', 'create', 'acme')).toMatchObject({ code: 0 });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
  });

  it('says why the first try failed where its key stayed taken, and that its end is not known', async () => {
    let tries = 0;
    server = await standInServer((_asked, res) => {
      tries += 1;
      res.setHeader('retry-after', '1');
      if (tries === 1) sendJson(res, 503, { detail: 'The database does not answer in time.' });
      else sendJson(res, 409, { detail: 'Ask again with the same key.' });
    });
    const env = { ROPEWAY_ADMIN_URL: server.url, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    const { code, err } = await ran(['tenant', 'create', 'acme'], { env });
    expect([code, tries]).toEqual([1, 3]);
    expect(err).toContain('The database does not answer in time.');
    expect(err).toContain('Whether it was done is not known: look with `ropeway audit`');
    expect(err).not.toContain('Ask again');
  });

  it('asks whether that is the gateway where the answer is none of the admin API', async () => {
    const { run } = await serving(() => ({ status: 404, body: { error: { code: 'not_found' } } }));
    expect(await run('tenant', 'list')).toMatchObject({
      code: 1,
      err: expect.stringContaining('status 404: is that the admin API (port 8081), not the gateway (8080)?'),
    });
  });

  it('takes the address as `npm run up` prints it, with /admin', async () => {
    const { asked } = await serving(() => ({ status: 200, body: TENANT }));
    const env = { ROPEWAY_ADMIN_URL: `${server?.url}/admin/`, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    expect(await ran(['tenant', 'show', 'acme'], { env })).toMatchObject({ code: 0 });
    expect(asked.map(({ url }) => url)).toEqual(['/admin/tenants/acme']);
  });

  it('gives each create a key of its own', async () => {
    const { asked, run } = await serving(() => ({ status: 201, body: TENANT }));
    await run('tenant', 'create', 'acme');
    await run('tenant', 'create', 'acme');
    expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  });

  it('does not repeat a change whose answer got lost', async () => {
    const { asked, run } = await serving(({ method }) =>
      method === 'GET' ? { status: 200, body: TENANT } : 'hang up',
    );
    expect(await run('tenant', 'update', 'acme', '--plan', 'large')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Whether it was done is not known'),
    });
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  });

  it('changes only what was read: sends the version, and all of the limits', async () => {
    const { asked, run } = await serving(() => ({ status: 200, body: TENANT }));
    await run('tenant', 'update', 'acme', '--concurrent-requests', '3');
    expect(asked.at(-1)).toMatchObject({ method: 'PATCH', url: '/admin/tenants/acme' });
    expect(asked.at(-1)?.headers['if-match']).toBe('"7"');
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({
      limits: { requestsPerMinute: 5, concurrentRequests: 3 },
    });
  });

  it('gives a limit back to the plan with "inherit"', async () => {
    const { asked, run } = await serving(() => ({ status: 200, body: TENANT }));
    await run('tenant', 'update', 'acme', '--requests-per-minute', 'inherit');
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({ limits: {} });
  });

  it('follows pages to the end', async () => {
    const { asked, run } = await serving(({ url }) => {
      const cursor = new URL(url, 'http://x').searchParams.get('cursor');
      const at = cursor === null ? 0 : Number(cursor);
      const items = [{ ...TENANT, id: `t${at}` }];
      return { status: 200, body: { items, nextCursor: at < 2 ? String(at + 1) : null } };
    });
    const { out } = await run('tenant', 'list', '--json');
    expect(JSON.parse(out).map(({ id }: { id: string }) => id)).toEqual(['t0', 't1', 't2']);
    expect(asked).toHaveLength(3);
  });

  it('asks for the month that ends with the last day, where no first one is named', async () => {
    const { asked, run } = await serving(() => ({ status: 200, body: { items: [], nextCursor: null } }));
    await run('usage', '--to', '2025-10-31');
    expect(new URL(asked[0]?.url ?? '', 'http://x').searchParams.get('from')).toBe('2025-10-01');
  });

  it('names every field that was refused', async () => {
    const errors = [
      { path: 'limits.requestsPerMinute', message: 'must be at least 1' },
      { path: 'timeZone', message: 'is no time zone' },
    ];
    const { run } = await serving(() => ({
      status: 400,
      body: { title: 'Some fields are not valid', detail: 'limits… (and 1 more)', errors },
    }));
    expect(await run('tenant', 'create', 'acme', '--time-zone', 'Mars')).toMatchObject({
      code: 1,
      out: '',
      err: 'Some fields are not valid:\n  limits.requestsPerMinute: must be at least 1\n  timeZone: is no time zone',
    });
  });

  it.each([
    [401, 'Keys of callers (rw_live_…) do not work here.'],
    [403, 'may only read'],
    [412, 'Somebody changed it meanwhile'],
    [500, 'ropeway doctor'],
  ])('says of %i what to do', async (status, advice) => {
    const { run } = await serving(() => ({ status, body: { detail: 'No.' } }));
    const { code, err } = await run('plan', 'list');
    expect([code, err]).toEqual([1, expect.stringContaining(advice)]);
  });

  it('never shows the admin key, whatever goes wrong', async () => {
    const { run } = await serving(() => ({ status: 401, body: { detail: 'No.' } }));
    const { out, err } = await run('plan', 'list');
    expect(out + err).not.toContain('rwa_secret');
  });

  it.each([
    ['itself', 'a: &x [*x]'],
    ['far too much', `${many('a', 'x')}\n${many('b', '*a')}\n${many('c', '*b')}\n${many('d', '*c')}`],
  ])('says of a declaration that refers to %s what is wrong, and sends nothing', async (_what, input) => {
    const env = { ROPEWAY_ADMIN_URL: 'http://127.0.0.1:1', ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    const { code, err } = await ran(['apply', '-f', '-'], { env, input });
    expect([code, err]).toEqual([1, expect.stringMatching(/^- cannot be read: its aliases/)]);
  });

  it('says what to start when nobody listens', async () => {
    const gone = await standInServer(() => {});
    await gone.close();
    const env = { ROPEWAY_ADMIN_URL: gone.url, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    const { code, err } = await ran(['plan', 'list'], { env });
    expect([code, err]).toEqual([1, expect.stringMatching(/nobody listens at .*npm run up/)]);
  });

  it('says when an export breaks off, after what came', async () => {
    server = await standInServer((_, res) => {
      res.writeHead(200, { 'content-type': 'text/csv' });
      res.write('day,requests\n2026-11-01,', () => res.socket?.destroy());
    });
    const env = { ROPEWAY_ADMIN_URL: server.url, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    const { code, out, err } = await ran(['usage', '--csv'], { env });
    expect([code, out, err]).toEqual([1, 'day,requests', expect.stringContaining('what came is not all')]);
  });

  it('says that it asked something else than an admin API', async () => {
    server = await standInServer((_, res) => res.end('<html>'));
    const env = { ROPEWAY_ADMIN_URL: server.url, ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    expect((await ran(['plan', 'list'], { env })).err).toContain('is that the admin API');
  });

  it('lets nobody steer the terminal by a name', async () => {
    const { run } = await serving(() => ({
      status: 200,
      body: { ...TENANT, displayName: 'a\u001b[2Jb\u0007\u202ec' },
    }));
    const { out } = await run('tenant', 'show', 'acme');
    expect(out).toMatch(/^name +abc$/m);
  });
});

describe('where the admin key comes from', () => {
  it('says how to give one when the file is not there', async () => {
    const { code, err } = await ran(['plan', 'list', '--admin-key-file', '/nowhere/admin-key']);
    expect(code).toBe(1);
    expect(err).toMatch(/\/nowhere\/admin-key is not there: .*--admin-key-file.*ROPEWAY_ADMIN_KEY/);
  });

  it('warns before it goes unencrypted to another machine', async () => {
    const env = { ROPEWAY_ADMIN_URL: 'http://ropeway.invalid:8081', ROPEWAY_ADMIN_KEY: 'rwa_secret' };
    expect((await ran(['plan', 'list'], { env })).err).toMatch(
      /^warning: the admin key goes to ropeway.invalid unencrypted/,
    );
  });

  it('refuses an address that is none', async () => {
    const { code, err } = await ran(['plan', 'list', '--admin-url', 'ftp://x']);
    expect([code, err]).toEqual([2, expect.stringContaining('not the address of an admin API')]);
  });
});
