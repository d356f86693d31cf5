import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type TestPostgres } from './start-postgres.ts';

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('answers on its port', async () => {
    expect(await rows(postgres.url, 'SELECT current_database() AS name')).toEqual([{ name: 'ropeway' }]);
  });

  it('gives databases that do not see each other', async () => {
    const one = await postgres.createDatabase('one');
    const two = await postgres.createDatabase('two');
    await rows(one, 'CREATE TABLE held (id int)');
    expect(await rows(two, "SELECT to_regclass('held') AS found")).toEqual([{ found: null }]);
  });

  it('keeps what was committed over kill -9', async () => {
    const url = await postgres.createDatabase('kept');
    await rows(url, 'CREATE TABLE kept (id int)');
    await rows(url, 'INSERT INTO kept VALUES (7)');
    const { pid } = postgres;
    await postgres.kill9();
    await expect(rows(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await postgres.restart();
    expect(postgres.pid).not.toBe(pid);
    expect(await rows(url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
  });

  it('comes back although a session was busy when it was killed', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => {});
    await client.connect();
    const busy = expect(client.query('SELECT pg_sleep(600)')).rejects.toThrow();
    await postgres.kill9();
    await postgres.restart();
    expect(await rows(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await busy;
  });

  it('ends its sessions with it: none answers once it is killed', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => {});
    await client.connect();
    const { rows: own } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // A session that does not see the end of its server, as one has it that is reading a question.
    process.kill(own[0]?.pid ?? 0, 'SIGSTOP');
    await postgres.kill9();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await postgres.restart();
  });

  it('answers nobody new while paused, and answers them after', async () => {
    postgres.pause();
    const asked = rows(postgres.url, 'SELECT 1 AS one');
    const late = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 300, 'nothing'))]);
    expect(late).toBe('nothing');
    postgres.resume();
    expect(await asked).toEqual([{ one: 1 }]);
  });

  it('waits for the disk only when asked', async () => {
    expect(await rows(postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    const durable = await startPostgres({ isDurable: true });
    expect(await rows(durable.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await durable.stop();
  });
});
