import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { standaloneConfig } from './standalone-config.ts';
import { openStateFolder, type StateFolder } from './state-folder.ts';

let folder = '';
let state: StateFolder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ropeway-config-'));
  state = openStateFolder(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const URLS = new Map([
  ['default', ['http://127.0.0.1:1', 'http://127.0.0.1:2']],
  ['yarn-2', ['http://127.0.0.1:3']],
  ['yarn-4', ['http://127.0.0.1:4']],
]);

it('declares the three pools with the workers that were started', () => {
  const { pools } = standaloneConfig(state, URLS);
  expect(pools.map(({ name, windowTokens, workers }) => [name, windowTokens, workers.length])).toEqual([
    ['default', 40_960, 2],
    ['yarn-2', 65_536, 1],
    ['yarn-4', 131_072, 1],
  ]);
  expect(new Set(pools.flatMap(({ workers }) => workers.map(({ url }) => url))).size).toBe(4);
});

it('keeps database, outbox and admin key in the folder', () => {
  const { database, ledger, control, redis } = standaloneConfig(state, URLS);
  expect(database).toEqual({ kind: 'embedded', folder: join(folder, 'db') });
  expect([ledger.outbox, control.adminKeyFile]).toEqual([join(folder, 'outbox'), join(folder, 'admin-key')]);
  expect(redis).toBeNull();
});

it('listens on this machine alone', () => {
  const { server, ops } = standaloneConfig(state, URLS);
  expect([server.host, ops.host]).toEqual(['127.0.0.1', '127.0.0.1']);
});

it('serves the model under the names the makers use', () => {
  const [model] = standaloneConfig(state, URLS).models;
  expect(model).toMatchObject({ id: 'qwq-32b', aliases: ['QwQ-32B', 'Qwen/QwQ-32B'], servedName: 'QwQ-32B' });
});
