// The command line against a real admin API over both databases: what a script and what a person get.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseSink } from '#ledger';
import { parseKeyToken } from '#tenancy';
import { ran, type Sitting } from '../../apps/cli/src/testing/test-terminal.ts';
import { onBothControls } from '../../apps/control/test/control-under-test.ts';
import { anIntent, aRow } from '../../libs/ledger/src/ledger-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

onBothControls('the command line and the admin API', (control) => {
  const run = (args: readonly string[], sitting: Sitting = {}) =>
    ran(args, {
      ...sitting,
      env: { ROPEWAY_ADMIN_URL: control().url, ROPEWAY_ADMIN_KEY: control().adminKey, ...sitting.env },
    });
  const json = async (...args: readonly string[]) => {
    const { code, out, err } = await run([...args, '--json']);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
    return JSON.parse(out);
  };
  const words = async (...args: readonly string[]) => {
    const { code, out, err } = await run(args);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    return out;
  };

  describe('plans and tenants', () => {
    it('are created, changed in what is named, and shown', async () => {
      await json('plan', 'set', 'p1', '--requests-per-minute', '600', '--max-window-tokens', '40960');
      const plan = await json('plan', 'set', 'p1', '--budget', 'month:tokens:5000');
      expect(plan).toMatchObject({
        limits: { requestsPerMinute: 600, budgets: [{ period: 'month', unit: 'tokens', limit: 5_000 }] },
        scopes: { maxWindowTokens: 40_960 },
      });
      const replaced = await json('plan', 'set', 'p1', '--replace', '--requests-per-minute', '60');
      expect(replaced).toMatchObject({
        limits: { requestsPerMinute: 60, budgets: [] },
        scopes: { maxWindowTokens: null },
      });
      await json('tenant', 'create', 't1', '--plan', 'p1', '--display-name', 'Tenant One');
      const tenant = await json(
        'tenant',
        'update',
        't1',
        '--concurrent-requests',
        '3',
        '--time-zone',
        'Europe/Berlin',
      );
      expect(tenant).toMatchObject({
        limits: { concurrentRequests: 3 },
        timeZone: 'Europe/Berlin',
        plan: 'p1',
      });
      expect(await json('tenant', 'update', 't1', '--concurrent-requests', 'inherit')).toMatchObject({
        limits: {},
      });
      expect(await words('tenant', 'list', '--plan', 'p1')).toMatch(/^t1 +Tenant One +p1 +active/m);
      expect(await words('tenant', 'show', 't1')).toMatch(/^time zone +Europe\/Berlin$/m);
      expect(await words('plan', 'list')).toMatch(/^p1 +requestsPerMinute: 60/m);
    });

    it('are refused with the field and the reason', async () => {
      const zone = await run(['tenant', 'create', 't2', '--time-zone', 'Mars/Base']);
      expect([zone.code, zone.err]).toEqual([1, expect.stringContaining('timeZone')]);
      const plan = await run(['tenant', 'create', 't2', '--plan', 'nowhere']);
      expect([plan.code, plan.err]).toEqual([1, expect.stringContaining('nowhere')]);
      const twice = await run(['tenant', 'create', 'T2 with; DROP TABLE tenant']);
      expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('id')]);
      await json('tenant', 'create', 't3');
      const again = await run(['tenant', 'create', 't3']);
      expect([again.code, again.err]).toEqual([1, expect.stringContaining('t3')]);
      const gone = await run(['tenant', 'show', 'nobody']);
      expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('nobody')]);
    });

    it('are suspended only by who says yes', async () => {
      await json('tenant', 'create', 't4');
      expect((await run(['tenant', 'suspend', 't4'], { answer: 'no' })).code).toBe(1);
      expect(await words('tenant', 'show', 't4')).toMatch(/^state +active$/m);
      expect((await run(['tenant', 'suspend', 't4'], { answer: 'y' })).out).toMatch(/^state +suspended$/m);
      expect(await words('tenant', 'resume', 't4')).toMatch(/^state +active$/m);
    });

    it('go, when no tenant is on a plan', async () => {
      await json('plan', 'set', 'p5', '--requests-per-minute', '1');
      await json('tenant', 'create', 't5', '--plan', 'p5');
      expect(await run(['plan', 'delete', 'p5'])).toMatchObject({
        code: 1,
        err: expect.stringContaining('p5'),
      });
      await json('tenant', 'update', 't5', '--plan', 'none');
      expect(await words('plan', 'delete', 'p5')).toBe('deleted plan p5');
    });
  });

  describe('keys', () => {
    it('show their text once, to whoever made them', async () => {
      await json('tenant', 'create', 'k1');
      const made = await json(
        'key',
        'create',
        '--tenant',
        'k1',
        '--name',
        'ci',
        '--environment',
        'test',
        '--models',
        'm',
      );
      expect(Object.keys(made).slice(0, 2)).toEqual(['id', 'key']);
      const token = parseKeyToken(made.key);
      expect(token).toMatchObject({ environment: 'test', id: made.id });
      const others = await Promise.all([
        words('key', 'list', '--tenant', 'k1'),
        words('key', 'show', made.id),
        words('audit', '--tenant', 'k1'),
      ]);
      expect(others.join('\n')).not.toContain(token?.secret ?? '?');
      expect(others[0]).toMatch(new RegExp(`^${made.id} +k1 +ci +test +active`, 'm'));
      expect(others[1]).toMatch(/^own scopes +models: m$/m);
    });

    it('expire, change, rotate and end as told', async () => {
      await json('tenant', 'create', 'k2');
      const { id } = await json('key', 'create', '--tenant', 'k2', '--expires-in', '90d');
      const updated = await json('key', 'update', id, '--expires-at', 'none', '--requests-per-minute', '5');
      expect(updated).toMatchObject({ expiresAt: null, limits: { requestsPerMinute: 5 } });
      const next = await json('key', 'rotate', id, '--overlap', '1h');
      expect(next).toMatchObject({ lineage: id, limits: { requestsPerMinute: 5 } });
      expect(await words('key', 'show', id)).toMatch(new RegExp(`^rotated to +${next.id}$`, 'm'));
      expect(await words('key', 'revoke', next.id)).toBe(`revoked key ${next.id}`);
      expect(await words('key', 'list', '--tenant', 'k2', '--state', 'revoked')).toContain(next.id);
      const wrong = await run(['key', 'rotate', next.id]);
      expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/revoked/)]);
    });

    it('read only with the key of a viewer', async () => {
      const viewer = { env: { ROPEWAY_ADMIN_KEY: control().viewerKey } };
      expect(await run(['key', 'list'], viewer)).toMatchObject({ code: 0 });
      const refused = await run(['tenant', 'create', 'k3'], viewer);
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining('use one with the role admin'),
      ]);
    });
  });

  it('limits stand as they were set', async () => {
    await json('tenant', 'create', 'l1', '--requests-per-minute', '600', '--budget', 'day:tokens:1000');
    const out = await words('limits', 'l1');
    expect(out).toMatch(/^requests +tenant +600 +100 /m);
    expect(out).toMatch(/^day budget \(tokens\) +tenant +1,000 +1,000 /m);
    await json('tenant', 'create', 'l2');
    expect(await words('limits', 'l2')).toBe('l2 has no limits');
  });

  describe('usage', () => {
    beforeAll(async () => {
      const rows = [
        aRow(anIntent(1, { tenant: 'u1' })),
        aRow(anIntent(2, { tenant: 'u1', pool: 'yarn-4', model: '=1+1' }), {
          outcome: 'failed',
          fault: 'worker_failed',
        }),
      ];
      await new DatabaseSink(control().database).write(JSON.stringify(rows), AbortSignal.timeout(10_000));
    });
    const period = ['--from', '2026-11-01', '--to', '2026-11-30', '--tenant', 'u1'];

    it('adds up', async () => {
      const out = await words('usage', ...period, '--by', 'tenant,pool');
      expect(out).toMatch(/^u1 +default +1 +100 +40 +51 /m);
      expect(out).toMatch(/^total +2 +200 +80 +102 /m);
      const { items } = await json('usage', ...period, '--by', 'day');
      expect(items).toMatchObject([{ day: '2026-11-23', requests: 2 }]);
    });

    it('streams as CSV no spreadsheet computes', async () => {
      const { out } = await run(['usage', ...period, '--by', 'model', '--csv']);
      const [head, ...lines] = out.split(/\r?\n/);
      expect(head).toMatch(/^model,/);
      expect(lines.join('\n')).not.toMatch(/^=/m);
      expect(lines).toHaveLength(2);
    });

    it('is there request by request', async () => {
      expect(await words('request', 'list', '--tenant', 'u1', '--outcome', 'failed')).toMatch(
        /yarn-4 +100 +51 +failed$/m,
      );
      const [row] = await json('request', 'list', '--tenant', 'u1', '--limit', '1');
      expect(await words('request', 'show', row.requestId)).toMatch(
        /^prompt tokens +100, 40 of them cached$/m,
      );
    });
  });

  describe('apply', () => {
    const file = join(folder, 'tenants.yaml');
    const declared = `
plans:
  - { name: gold, limits: { requestsPerMinute: 600, budgets: [{ period: month, unit: tokens, limit: 500 }] } }
tenants:
  - { id: a1, displayName: A One, plan: gold, keys: [{ name: ci, environment: test }] }
`;

    it('shows what it would do, does it when agreed, and then finds nothing to do', async () => {
      writeFileSync(file, declared);
      const dry = await run(['apply', '-f', file, '--dry-run']);
      expect(dry).toMatchObject({ code: 0, asked: [] });
      expect(dry.out).toMatch(/^\+ plan gold$/m);
      expect(dry.out).toMatch(/^ {4}limits.budgets: month:tokens:500$/m);
      expect(dry.out).toMatch(/^3 to create, 0 to change, 0 as they should be$/m);
      expect((await run(['tenant', 'show', 'a1'])).code).toBe(1);
      expect((await run(['apply', '-f', file], { answer: 'n' })).code).toBe(1);
      expect((await run(['tenant', 'show', 'a1'])).code).toBe(1);

      const done = await run(['apply', '-f', file], { answer: 'y' });
      expect([done.code, done.asked]).toEqual([0, ['Apply this? [y/N] ']]);
      expect(done.out).toMatch(/a1 ci\n {4}rw_test_\w+$/);
      const again = await run(['apply', '-f', file], { answer: 'y' });
      expect([again.code, again.asked, again.out]).toEqual([
        0,
        [],
        'nothing to change: 0 to create, 0 to change, 3 as they should be',
      ]);
    });

    it('changes what differs, from what to what, and leaves the rest', async () => {
      await run(['apply', '-f', '-', '--yes'], { input: declared });
      await json('tenant', 'update', 'a1', '--time-zone', 'Europe/Berlin');
      const input = declared
        .replace('requestsPerMinute: 600', 'requestsPerMinute: 60')
        .replace('A One', 'A 1');
      const { out, code } = await run(['apply', '-f', '-', '--yes'], { input });
      expect(code).toBe(0);
      expect(out).toMatch(/^~ plan gold\n {4}limits.requestsPerMinute: 600 -> 60$/m);
      expect(out).toMatch(/^~ tenant a1\n {4}displayName: A One -> A 1$/m);
      expect(await words('tenant', 'show', 'a1')).toMatch(/^time zone +Europe\/Berlin$/m);
    });

    it('tells a limit taken away from one that the plan gives, in words and in JSON', async () => {
      const input = (limits: string) => `tenants: [{ id: a5, limits: ${limits} }]`;
      const applied = (limits: string, ...more: readonly string[]) =>
        run(['apply', '-f', '-', '--yes', ...more], { input: input(limits) });
      await applied('{}');
      expect((await applied('{ requestsPerMinute: null }')).out).toMatch(
        /^ {4}limits.requestsPerMinute: inherit -> none$/m,
      );
      expect(JSON.parse((await applied('{}', '--dry-run', '--json')).out).changes[0].fields).toEqual([
        { path: 'limits.requestsPerMinute', before: null },
      ]);
      expect((await applied('{}')).out).toMatch(/^ {4}limits.requestsPerMinute: none -> inherit$/m);
    });

    it('prints one document as JSON, keys in it once', async () => {
      const input = 'tenants: [{ id: a2, keys: [{ name: one }, { name: two }] }]';
      const first = JSON.parse((await run(['apply', '-f', '-', '--json'], { input })).out);
      expect(first.keys.map(({ name }: { name: string }) => name)).toEqual(['one', 'two']);
      const second = JSON.parse((await run(['apply', '-f', '-', '--json'], { input })).out);
      expect(second.keys).toEqual([]);
    });

    it('does nothing at all where one thing is wrong, and says where', async () => {
      const input = 'tenants: [{ id: a3 }, { id: a4, plan: nowhere }]';
      const { code, err } = await run(['apply', '-f', '-', '--yes'], { input });
      expect([code, err]).toEqual([1, expect.stringContaining('tenants[1]')]);
      expect((await run(['tenant', 'show', 'a3'])).code).toBe(1);
      const unknown = await run(['apply', '-f', '-'], { input: 'tenants: [{ id: a3, limit: 5, nmae: x }]' });
      expect([unknown.code, unknown.err]).toEqual([
        1,
        expect.stringMatching(/tenants\[0\]\.limit[\s\S]*tenants\[0\]\.nmae/),
      ]);
    });

    it('says what is no YAML, and what is no declaration', async () => {
      expect(await run(['apply', '-f', '-'], { input: 'a: [1' })).toMatchObject({
        code: 1,
        err: expect.stringContaining('is not YAML'),
      });
      expect(await run(['apply', '-f', '-'], { input: '- 1' })).toMatchObject({
        code: 1,
        err: expect.stringContaining('must be a map'),
      });
      expect((await run(['apply', '-f', join(folder, 'none.yaml')])).err).toContain('is not there');
    });
  });

  it('the audit log says who did what to which fields', async () => {
    await json('tenant', 'create', 'au1', '--requests-per-minute', '5');
    await json('tenant', 'update', 'au1', '--requests-per-minute', '7');
    const out = await words('audit', '--tenant', 'au1');
    expect(out).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}tenant.update au1 by admin:\w+\n {4}limits.requestsPerMinute: 5 -> 7$/m,
    );
    expect(await json('audit', '--tenant', 'au1', '--limit', '1')).toHaveLength(1);
  });

  it('doctor sees the admin API', async () => {
    const { out } = await run(['doctor', '--json']);
    const found = JSON.parse(out).findings as readonly { check: string; state: string }[];
    expect(found.find(({ check }) => check === 'admin API')).toMatchObject({ state: 'ok' });
  });
});
