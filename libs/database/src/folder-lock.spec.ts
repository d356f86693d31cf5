import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from './folder-lock.ts';

const MODULE = new URL('./folder-lock.ts', import.meta.url).href;

describe('the lock of an embedded database', () => {
  let folder: string;
  let holder: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ropeway-lock-'));
  });
  afterEach(() => {
    holder?.kill('SIGKILL');
    holder = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Another process that holds the lock. */
  async function holdElsewhere(): Promise<ChildProcess> {
    const script = `
      const { lockFolder } = await import(${JSON.stringify(MODULE)});
      globalThis.lock = lockFolder(process.argv[1]);
      process.stdout.write('held');
      setInterval(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    holder = child;
    await once(child.stdout, 'data');
    return child;
  }

  it('keeps a second process off, and says in one line which one has it', async () => {
    const { pid } = await holdElsewhere();
    expect(() => lockFolder(folder)).toThrow(
      `the embedded database in ${folder} is in use: the process ${pid} has it open; stop that one, or use PostgreSQL, which several processes can share`,
    );
  });

  it('goes with a process that is killed', async () => {
    const child = await holdElsewhere();
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder).release();
  });

  it('keeps the same process from opening it twice, until it is released', () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`the process ${process.pid} has it open`);
    lock.release();
    lockFolder(folder).release();
  });

  it('says when the folder can not be used', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => lockFolder(join(file, 'db'))).toThrow(/^the folder .*file\/db can't be used: /);
  });
});
