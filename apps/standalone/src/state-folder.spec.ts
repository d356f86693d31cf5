import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { KeyRing } from '#tenancy';
import { openState } from './state-folder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ropeway-state-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

it('makes a folder and files that only their owner can read', () => {
  const state = openState(join(root, 'new', '.ropeway'));
  expect(mode(join(root, 'new', '.ropeway'))).toBe(0o700);
  expect([mode(state.keyFile), mode(state.pepperFile)]).toEqual([0o600, 0o600]);
});

it('keeps key and pepper from one start to the next', () => {
  expect(openState(root)).toEqual(openState(root));
});

it('makes another key in another folder', () => {
  expect(openState(join(root, 'a')).key).not.toBe(openState(join(root, 'b')).key);
});

it('takes back rights that were given away', () => {
  const { keyFile } = openState(root);
  writeFileSync(keyFile, readFileSync(keyFile), { mode: 0o644 });
  openState(root);
  expect(mode(keyFile)).toBe(0o600);
});

it('makes a key whose digest proves it, and shows it as it is in its file', () => {
  const { key, keyFile, keyId, digest, pepperFile } = openState(root);
  expect(readFileSync(keyFile, 'utf8').trim()).toBe(key);
  const pepper = readFileSync(pepperFile, 'utf8').trim();
  const terms = { pepperVersion: 1, tenant: 't', requestsPerMinute: null, allowedFields: [], models: null };
  const ring = new KeyRing([{ id: keyId, digest, expiresAt: null, ...terms }], new Map([[1, pepper]]));
  expect(ring.identify(`Bearer ${key}`, '127.0.0.1', 0).known).toBe(true);
});

it('names the file that does not hold a key, and what to do', () => {
  writeFileSync(join(root, 'key'), 'mine\n');
  expect(() => openState(root)).toThrow(/key does not hold a key: delete it/);
});
