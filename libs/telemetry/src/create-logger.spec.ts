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

it('goes on when nothing can be written, and says how often', async () => {
  const log = createLogger({ level: 'info', destination: openSync('/dev/full', 'w') });
  log.logger.info('x'.repeat(10_000));
  while (log.droppedLines() === 0) await new Promise((resolve) => setImmediate(resolve));
  log.logger.info('still here');
  expect(log.droppedLines()).toBeGreaterThan(0);
});
