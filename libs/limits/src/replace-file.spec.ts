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
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { replaceFile } from './replace-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ropeway-replace-'));
  file = join(folder, 'kept');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('replaces what was there, for its owner alone, and leaves no other file behind', async () => {
  writeFileSync(file, 'old and longer', { mode: 0o644 });
  await replaceFile(file, (handle) => handle.writeFile('new'));
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['kept']);
});

it('makes the folder, for its owner alone', async () => {
  const made = join(folder, 'made');
  await replaceFile(join(made, 'kept'), (handle) => handle.writeFile('new'));
  expect(statSync(made).mode & 0o777).toBe(0o700);
});

it('shows the old file until the new one is whole', async () => {
  writeFileSync(file, 'old');
  await replaceFile(file, async (handle) => {
    await handle.writeFile('ne');
    expect(readFileSync(file, 'utf8')).toBe('old');
    await handle.writeFile('w');
  });
  expect(readFileSync(file, 'utf8')).toBe('new');
});

it('keeps the old file, and nothing else, when the new one cannot be written', async () => {
  writeFileSync(file, 'old');
  const broken = replaceFile(file, async (handle) => {
    await handle.writeFile('ne');
    throw new TypeError('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['kept']);
});

it('leaves nothing behind when a folder is in the way', async () => {
  mkdirSync(join(file, 'within'), { recursive: true });
  await expect(replaceFile(file, (handle) => handle.writeFile('new'))).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['kept']);
});

it('follows no link that lies where the new file is written', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, `${file}.${process.pid}.new`);
  await replaceFile(file, (handle) => handle.writeFile('new'));
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(readdirSync(folder)).toEqual(['kept', 'victim']);
});

it('takes no half-written file of a killed process for its own', async () => {
  writeFileSync(`${file}.${process.pid}.new`, 'half of something else', { mode: 0o644 });
  await replaceFile(file, (handle) => handle.writeFile('new'));
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
