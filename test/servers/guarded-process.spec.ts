import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { GuardedProcess } from './guarded-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-guarded-'));
afterAll(() => rmSync(folder, { recursive: true }));

const start = (file: string, script: string) =>
  new GuardedProcess({ file, args: ['-c', script], env: { WORD: 'hello' }, folder });

it('tells the exit code, and what was written before', async () => {
  const process = start('/bin/sh', 'echo $WORD; exit 3');
  const said: string[] = [];
  process.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const read = new Promise((resolve) => process.stdout.once('end', resolve));
  expect(await process.exited).toBe(3);
  await read;
  expect([said.join(''), process.isOver]).toEqual(['hello\n', true]);
});

it('tells the signal that ended it, and takes none after that', async () => {
  const process = start('/bin/sh', 'exec sleep 60');
  expect(process.isOver).toBe(false);
  process.signal('SIGTERM');
  expect(await process.exited).toBe('SIGTERM');
  process.signal('SIGTERM');
});

it('tells why it could not be started', async () => {
  const process = start('/nowhere/program', '');
  expect(await process.exited).toContain('ENOENT');
  expect(process.isOver).toBe(true);
});
