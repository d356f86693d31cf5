import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createLogger } from './create-logger.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ropeway-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('has written every line once it was flushed, in the order they were given', () => {
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  const log = createLogger({ level: 'info', destination: fd });
  log.logger.info({ n: 1 }, 'first');
  log.writeLine('{"n":2}\n');
  log.logger.warn({ n: 3 }, 'third');
  log.flush();
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ n: 1, level: 'info', msg: 'first' }, { n: 2 }, { n: 3, level: 'warn' }]);
});

it('has written every line when the process ends by itself, by process.exit or by an error', () => {
  const lines = ['const { logger } = createLogger({ level: "info" })'];
  lines.push('for (let n = 0; n < 1_000; n++) logger.info({ n, text: "语".repeat(n) }, "line")');
  for (const end of ['', 'process.exit(3)', 'throw new Error("ended")']) {
    const path = JSON.stringify(join(import.meta.dirname, 'create-logger.ts'));
    const script = [`const { createLogger } = await import(${path})`, ...lines, end].join(';');
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    const numbers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).n);
    expect(numbers).toEqual([...Array(1_000).keys()]);
  }
});

it('changes its level while it runs', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  log.logger.debug('hidden');
  log.setLevel('debug');
  log.logger.debug('shown');
  log.setLevel('silent');
  log.logger.error('hidden again');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['shown']);
});

it('goes on when nothing can be written, holds so much and no more, and says what it dropped', () => {
  const log = createLogger({ level: 'info', destination: openSync('/dev/full', 'w') });
  const line = `${'x'.repeat(1_000_000)}\n`;
  for (let lines = 0; lines < 40; lines += 1) log.writeLine(line);
  // Of 32 MiB.
  expect(log.droppedLines()).toBe(7);
});

it('says what an error is, what caused it, and nothing else that hangs on it', () => {
  const lines: string[] = [];
  const { logger } = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  // As ioredis throws where the password is wrong, and as PGlite throws for a statement.
  const refused = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['hunter2'] } });
  const cause = Object.assign(new TypeError('no such table'), { code: '42P01', params: ['hunter2'] });
  const tried = new AggregateError([refused], 'no way in', { cause });
  logger.error({ err: tried }, 'away');
  expect(lines.join()).not.toContain('hunter2');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: {
      type: 'AggregateError',
      message: 'no way in',
      stack: expect.stringContaining('create-logger.spec'),
      cause: { type: 'TypeError', message: 'no such table', code: '42P01' },
      errors: [{ message: 'WRONGPASS' }],
    },
  });
});

it('takes for an error whatever was thrown, circles included', () => {
  const lines: string[] = [];
  const { logger } = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const circle = new Error('round');
  circle.cause = circle;
  for (const err of [circle, 'a text', null, { password: 'hunter2' }]) logger.error({ err }, 'thrown');
  expect(lines.map((line) => JSON.parse(line).err.message)).toEqual([
    'round',
    'a text',
    '[object Null]',
    '[object Object]',
  ]);
  expect(lines.join()).not.toContain('hunter2');
});
