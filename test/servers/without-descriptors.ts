// This very process out of file descriptors, as one whose limit is too low: what is open stays, nothing more can be opened.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Linux has `prlimit` (util-linux); elsewhere no limit of a running process can be changed. */
export const canBeWithoutDescriptors = process.platform === 'linux';

/** The shell stands ready before: a process without descriptors can start none that would lift its limit. */
export async function withoutDescriptors(run: () => Promise<void>): Promise<void> {
  const script = `
    soft=$(prlimit --pid ${process.pid} --nofile --output SOFT --noheadings | tr -d ' ') && echo ready
    read go && prlimit --pid ${process.pid} --nofile=3: && echo low
    read go; prlimit --pid ${process.pid} --nofile=$soft: && echo lifted`;
  const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(shell, 'exit');
  const said = (): Promise<unknown> => once(shell.stdout, 'data');
  await said();
  shell.stdin.write('go\n');
  await said();
  try {
    await run();
  } finally {
    shell.stdin.end('go\n');
    await ended;
  }
}
