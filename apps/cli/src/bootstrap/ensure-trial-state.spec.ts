import { beforeEach, expect, it } from '@jest/globals';
import { MemorySecrets } from '../testing/memory-secrets.ts';
import { ensureTrialState } from './ensure-trial-state.ts';

const STATE = { databaseSecret: 'db', databaseHost: 'r-postgresql:5432', redisSecret: 'redis' };
let secrets: MemorySecrets;
beforeEach(() => {
  secrets = new MemorySecrets();
});

it('makes a password for each, and the URL with it', async () => {
  const url = await ensureTrialState(secrets, STATE);
  const password = secrets.secrets.get('db')?.password ?? '';
  expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(url).toBe(`postgres://ropeway:${password}@r-postgresql:5432/ropeway`);
  expect(secrets.secrets.get('db')?.url).toBe(url);
  expect(secrets.secrets.get('redis')?.password).toMatch(/^[0-9a-f]{48}$/);
  expect(secrets.secrets.get('redis')?.password).not.toBe(password);
});

it('keeps what is there', async () => {
  const first = await ensureTrialState(secrets, STATE);
  const made = structuredClone(secrets.secrets);
  expect(await ensureTrialState(secrets, STATE)).toBe(first);
  expect(secrets.secrets).toEqual(made);
});

it('makes nothing for those who bring their own', async () => {
  expect(await ensureTrialState(secrets, {})).toBeNull();
  expect(secrets.secrets.size).toBe(0);
});

it('says what a Secret lacks', async () => {
  await secrets.create('db', { password: 'x' });
  await expect(ensureTrialState(secrets, STATE)).rejects.toThrow('the Secret db has no url');
});

it('asks where the database is', async () => {
  await expect(ensureTrialState(secrets, { databaseSecret: 'db' })).rejects.toThrow('--database-host');
});
