import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmptyDatabase } from '../../../../libs/database/testing/both-databases.ts';
import { newTestDatabase, type TestDatabase } from '../../../../test/servers/shared-servers.ts';
import { ran } from '../testing/test-terminal.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await newTestDatabase();
});
afterAll(() => database.drop());

describe('ropeway migrate', () => {
  it('shows each step it made, and finds nothing to do the second time', async () => {
    const env = { ROPEWAY_DATABASE_URL: database.url };
    const first = await ran(['migrate'], { env });
    expect(first).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^schema 1: first tables \(\d+ ms\)$/m),
    });
    expect(first.out).toMatch(/has schema \d+: up to date$/);
    const second = await ran(['migrate', '--json'], { env });
    expect([second.code, JSON.parse(second.out)]).toEqual([0, { version: expect.any(Number), applied: [] }]);
  });

  it('takes the URL from the variable that is named, and shows no password', async () => {
    const url = new URL(database.url);
    url.password ||= 'not-to-be-seen';
    const { code, out, err } = await ran(['migrate', '--database-url-env', 'PG'], { env: { PG: url.href } });
    expect([code, out + err]).toEqual([0, expect.not.stringContaining(url.password)]);
  });

  it('says what to give when it is given nothing', async () => {
    expect(await ran(['migrate'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('ROPEWAY_DATABASE_URL'),
    });
    const { code, err } = await ran(['migrate', '--database-url-env', 'NOT_SET']);
    expect([code, err]).toEqual([2, 'the environment variable NOT_SET is not set']);
  });

  it('says that the database does not answer, and how to wait for it', async () => {
    const env = { ROPEWAY_DATABASE_URL: 'postgres://user:hidden@127.0.0.1:9/ropeway' };
    const { code, err } = await ran(['migrate'], { env });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/127.0.0.1:9\/ropeway does not answer: .*ECONNREFUSED.*--wait/),
    ]);
    expect(err).not.toContain('hidden');
  });

  it('migrates the database a configuration names, the embedded one too', async () => {
    const empty = await newEmptyDatabase('embedded');
    const file = join(tmpdir(), `ropeway-migrate-${process.pid}.yaml`);
    const workers = ['http://127.0.0.1:8000'];
    const pool = { name: 'p', model: 'm', rope: { type: 'default' }, windowTokens: 4_096, workers };
    const embedded = empty.options.kind === 'embedded' ? empty.options.folder : '';
    const models = [{ id: 'm', profile: 'qwq' }];
    writeFileSync(file, JSON.stringify({ models, pools: [pool], keys: [], database: { embedded } }));
    // The whole configuration is checked, its secrets too.
    const env = { ROPEWAY_PEPPER: 'f3a9c1e07b5d2846a1b2c3d4e5f60718293a4b5c' };
    try {
      expect(await ran(['migrate', '--config', file], { env })).toMatchObject({ code: 0, err: '' });
      expect((await ran(['migrate', '--config', file], { env })).out).toMatch(
        /^the embedded database .*: up to date$/,
      );
    } finally {
      rmSync(file);
      await empty.drop();
    }
  });

  it('leaves a database alone that is too new', async () => {
    const newer = await newTestDatabase();
    try {
      const env = { ROPEWAY_DATABASE_URL: newer.url };
      await ran(['migrate'], { env });
      const { Client } = (await import('pg')).default;
      const client = new Client({ connectionString: newer.url });
      await client.connect();
      await client.query('INSERT INTO schema_info (version, min_app_version) VALUES (999, 999)');
      await client.end();
      expect(await ran(['migrate'], { env })).toMatchObject({
        code: 1,
        err: expect.stringContaining('upgrade ropeway'),
      });
    } finally {
      await newer.drop();
    }
  });
});
