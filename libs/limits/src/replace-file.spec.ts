import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
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

it('removes what a process left half-written that was killed an hour ago, and leaves alone what another one writes now', async () => {
  const hourAgo = new Date(Date.now() - 3_601_000);
  const [abandoned, written, other] = [`${file}.1.new`, `${file}.2.new`, join(folder, 'other.1.new')];
  for (const path of [abandoned, written, other]) writeFileSync(path, 'half');
  for (const path of [abandoned, other]) utimesSync(path, hourAgo, hourAgo);
  await replaceFile(file, (handle) => handle.writeFile('new'));
  expect(readdirSync(folder).sort()).toEqual(['kept', 'kept.2.new', 'other.1.new']);
});

it('leaves one of the files whole when several write at once', async () => {
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
  await Promise.all(texts.map((text) => replaceFile(file, (handle) => handle.writeFile(text))));
  expect(texts).toContain(readFileSync(file, 'utf8'));
  expect(readdirSync(folder)).toEqual(['kept']);
});
