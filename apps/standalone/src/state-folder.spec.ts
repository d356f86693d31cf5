import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openStateFolder, readKey, writeKey } from './state-folder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ropeway-state-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

it('makes a folder and a pepper that only their owner can read', () => {
  const { pepperFile } = openStateFolder(join(root, 'new', '.ropeway'));
  expect(mode(join(root, 'new', '.ropeway'))).toBe(0o700);
  expect(mode(pepperFile)).toBe(0o600);
});

it('keeps the pepper from one start to the next, and makes another in another folder', () => {
  const pepper = () => readFileSync(openStateFolder(root).pepperFile, 'utf8');
  expect(pepper()).toBe(pepper());
  expect(readFileSync(openStateFolder(join(root, 'b')).pepperFile, 'utf8')).not.toBe(pepper());
});

it('takes back rights that were given away', () => {
  const { pepperFile } = openStateFolder(root);
  chmodSync(pepperFile, 0o644);
  openStateFolder(root);
  expect(mode(pepperFile)).toBe(0o600);
});

it('keeps a key readable by its owner alone, also where a wider file was', () => {
  const { keyFile } = openStateFolder(root);
  expect(readKey(keyFile)).toBeNull();
  writeKey(keyFile, 'first');
  chmodSync(keyFile, 0o644);
  writeKey(keyFile, 'second');
  expect([readKey(keyFile), mode(keyFile)]).toEqual(['second', 0o600]);
});

it('refuses a file where the folder should be, whatever lies below it', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(() => openStateFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST', path: file }));
  expect(() => openStateFolder(join(file, 'below'))).toThrow(
    expect.objectContaining({ syscall: 'mkdir', path: file }),
  );
});
