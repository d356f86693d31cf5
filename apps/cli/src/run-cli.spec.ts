import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { KeyRing } from '#tenancy';
import { ran } from './testing/test-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => ran(args);

describe('ropeway key new', () => {
  it('makes a key a gateway with the printed lines and pepper lets in', async () => {
    const { code, out } = await run(
      'key',
      'new',
      '--new-pepper',
      '--tenant',
      'acme',
      '--requests-per-minute',
      '600',
    );
    expect(code).toBe(0);
    const key = /rw_live_\S+/.exec(out)?.[0] ?? '';
    const pepper = /^ {2}([0-9a-f]{64})$/m.exec(out)?.[1] ?? '';
    const [lines] = parse(out.slice(out.indexOf('  - id:')));
    const ring = new KeyRing(
      [{ allowedFields: [], models: null, expiresAt: null, ...lines }],
      new Map([[1, pepper]]),
    );
    expect(ring.identify(`Bearer ${key}`, '127.0.0.1', 0)).toMatchObject({
      known: true,
      caller: { tenant: 'acme', keyLimits: { requestsPerMinute: 600 } },
    });
  });

  it('prints JSON for scripts', async () => {
    const { out } = await run('key', 'new', '--new-pepper', '--test', '--json', '--pepper-version', '3');
    expect(JSON.parse(out)).toEqual({
      key: expect.stringMatching(/^rw_test_/),
      pepper: expect.stringMatching(/^[0-9a-f]{64}$/),
      declaration: {
        id: expect.stringMatching(/^[0-9A-Za-z]{12}$/),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        pepperVersion: 3,
        tenant: 'default',
      },
    });
  });

  it('shows neither secret nor pepper where nobody asked for them', async () => {
    const { out } = await run('key', 'new', '--new-pepper', '--json');
    const { key, pepper, declaration } = JSON.parse(out);
    const secret = key.split('_')[3];
    expect(JSON.stringify(declaration)).not.toContain(secret);
    expect(JSON.stringify(declaration)).not.toContain(pepper);
  });

  it('refuses what a configuration would refuse', async () => {
    const { code, err } = await run('key', 'new', '--new-pepper', '--tenant', 'Two Words');
    expect([code, err]).toEqual([1, expect.stringMatching(/^tenant: must be/)]);
    expect((await run('key', 'new', '--requests-per-minute', '0')).err).toContain('whole number');
  });
});

describe('ropeway config check', () => {
  it('lists every problem and ends with 1', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'server: {prot: 1}\nmodels: []\npools: []\nkeys: []\n');
    const { code, out, err } = await run('config', 'check', file);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      `${file} has 3 problems:`,
      expect.stringContaining('server.prot'),
      expect.stringContaining('models'),
      expect.stringContaining('pools'),
    ]);
  });

  it('says what a good file holds', async () => {
    const file = join(folder, 'good.yaml');
    const pool =
      'name: p, model: m, rope: {type: default}, windowTokens: 4096, workers: [http://a, http://b]';
    writeFileSync(file, `models: [{id: m, profile: qwq}]\npools: [{${pool}}]\nkeys: []\n`);
    expect(await run('config', 'check', file)).toMatchObject({
      code: 0,
      out: `${file} is good: 1 model, 1 pool, 2 workers, 0 keys.`,
      err: '',
    });
  });
});

describe('ropeway', () => {
  it('shows its commands with examples', async () => {
    const { code, out } = await run('--help');
    expect([code, out]).toEqual([0, expect.stringContaining('$ ropeway key create --tenant acme --json')]);
  });

  it('suggests the command that was meant', async () => {
    expect(await run('key', 'nwe')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean new?'),
    });
  });

  it('starts from its launcher, whatever Node is in the path', () => {
    const launcher = join(import.meta.dirname, '../../../scripts/ropeway.mjs');
    expect(execFileSync(process.execPath, [launcher, '--help'], { encoding: 'utf8' })).toContain(
      'Usage: ropeway',
    );
  });
});
