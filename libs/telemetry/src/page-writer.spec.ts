import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, write, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PageWriter } from './page-writer.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ropeway-pages-'));
  path = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const page = (number: number) => Buffer.from(`${number} ${'x'.repeat(number)}\n`);
const numbers = () => {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    expect(line).toMatch(/^\d+ x*$/);
    return Number.parseInt(line, 10);
  });
};
const upTo = (count: number) => [...Array(count).keys()];
const error = (code: string) => Object.assign(new Error(code), { code });

it('writes every page once, in order', async () => {
  const writer = new PageWriter({ fd: openSync(path, 'w'), maxBytes: 1e9 });
  for (const number of upTo(500)) writer.add(page(number));
  while (numbers().length < 500) await nextTurn();
  expect(numbers()).toEqual(upTo(500));
});

it('goes on behind what a write took, when it took a part', async () => {
  const part = ((fd: number, bytes: Buffer, then: (error: null, written: number) => void) =>
    write(fd, bytes.subarray(0, 3), then as never)) as unknown as typeof write;
  const writer = new PageWriter({ fd: openSync(path, 'w'), maxBytes: 1e9, write: part });
  for (const number of upTo(50)) writer.add(page(number));
  while (numbers().length < 50) await nextTurn();
  expect(numbers()).toEqual(upTo(50));
});

describe('a disk that is full', () => {
  let isFull = true;
  const full = ((fd: number, bytes: Buffer, then: (error: Error | null, written: number) => void) =>
    isFull ? setImmediate(then, error('ENOSPC'), 0) : write(fd, bytes, then as never)) as typeof write;
  const fullSync = ((fd: number, bytes: Buffer) => {
    if (isFull) throw error('ENOSPC');
    return writeSync(fd, bytes);
  }) as typeof writeSync;
  const open = (maxBytes: number) =>
    new PageWriter({ fd: openSync(path, 'w'), maxBytes, write: full, writeSync: fullSync });
  beforeEach(() => {
    isFull = true;
  });

  it('loses nothing when there is room again, and nothing is counted as lost', async () => {
    const writer = open(1e9);
    for (const number of upTo(40)) {
      writer.add(page(number));
      await nextTurn();
    }
    isFull = false;
    writer.start();
    while (numbers().length < 40) await nextTurn();
    expect([numbers(), writer.droppedLines]).toEqual([upTo(40), 0]);
  });

  it('loses nothing when there is room again at the end of the process', async () => {
    const writer = open(1e9);
    for (const number of upTo(40)) writer.add(page(number));
    await nextTurn();
    isFull = false;
    writer.end(page(40));
    expect(numbers()).toEqual(upTo(41));
  });

  it('is held so much for and no more; what is dropped beyond it is counted, line by line', async () => {
    const writer = open(1_000);
    const two = Buffer.from(`${'x'.repeat(199)}\n${'y'.repeat(199)}\n`);
    for (let number = 0; number < 10; number += 1) writer.add(two);
    expect(writer.droppedLines).toBe(16);
    await nextTurn();
    writer.end(null);
    expect(writer.droppedLines).toBe(20);
  });
});

describe.each([
  ['a disk that is full', '> /dev/full'],
  ['a reader that is gone', '| true'],
])('%s', (_, to) => {
  it.each(['', 'await new Promise((done) => setTimeout(done, 500));'])(
    'never keeps a process from ending as it would (%s)',
    (wait) => {
      const logger = JSON.stringify(join(import.meta.dirname, 'create-logger.ts'));
      const script = `const { createLogger } = await import(${logger}); const log = createLogger({ level: 'info' });
        for (let n = 0; n < 1000; n++) log.logger.info('x'.repeat(100)); ${wait} process.exit(3);`;
      const command = `"$0" --input-type=module -e "$1" ${to}; exit \${PIPESTATUS[0]}`;
      const ended = spawnSync('bash', ['-c', command, process.execPath, script], { timeout: 60_000 });
      expect(ended.status).toBe(3);
    },
  );
});
