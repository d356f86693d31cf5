import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { adminKeyId, newAdminKey } from '#tenancy';
import { ensureAdminKey } from './ensure-admin-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-admin-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `state-${files++}`, 'admin-key');

it('makes a key that only its owner can read, with nothing else in the file', async () => {
  const file = newFile();
  const { keys, isNew } = await ensureAdminKey(file);
  expect(isNew).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8').trim();
  expect(keys).toEqual([{ id: adminKeyId(text), role: 'admin', digest: expect.any(String) }]);
});

it('reads the same key at every later start', async () => {
  const file = newFile();
  const first = await ensureAdminKey(file);
  expect(await ensureAdminKey(file)).toEqual({ keys: first.keys, isNew: false });
});

it('makes one key when several start at once, and leaves no drafts', async () => {
  const file = newFile();
  const starts = await Promise.all(Array.from({ length: 8 }, () => ensureAdminKey(file)));
  expect(new Set(starts.map(({ keys }) => keys[0]?.id)).size).toBe(1);
  expect(starts.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(readdirSync(join(file, '..'))).toEqual(['admin-key']);
});

it('names the file that says something else, and leaves it as it is', async () => {
  const file = newFile();
  await ensureAdminKey(file);
  writeFileSync(file, 'rw_live_something\n');
  await expect(ensureAdminKey(file)).rejects.toThrow(/admin-key: line 1/);
  expect(readFileSync(file, 'utf8')).toBe('rw_live_something\n');
});

it('reads a key it could not have made, as of a Secret that is mounted', async () => {
  const { text, key } = newAdminKey('admin');
  const file = newFile();
  mkdirSync(join(file, '..'));
  // As kubelet lays it out: the file is a link into a folder that is swapped as a whole.
  mkdirSync(join(file, '../..data'));
  writeFileSync(join(file, '../..data/admin-key'), text, { mode: 0o440 });
  symlinkSync('..data/admin-key', file);
  expect(await ensureAdminKey(file)).toEqual({ keys: [key], isNew: false });
});

it('says what to set where there is no key and none can be made', async () => {
  const file = newFile();
  await ensureAdminKey(file);
  // A file where a folder would have to be: as little to be written as a mounted Secret.
  await expect(ensureAdminKey(join(file, 'admin-key'))).rejects.toThrow(
    /admin-key cannot be read, nor made \(\w+\): set control.adminKeyFile/,
  );
});
