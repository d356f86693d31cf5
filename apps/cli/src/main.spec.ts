import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The command line as a process; the named end of its pipes is closed before it writes. */
async function closedAt(end: 'stdout' | 'stderr', args: readonly string[]) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let other = '';
  child[end].destroy();
  child[end === 'stdout' ? 'stderr' : 'stdout'].on('data', (piece) => {
    other += String(piece);
  });
  const [code] = await once(child, 'close');
  return { code, other };
}

it.each<[readonly string[]]>([
  [['completion', 'bash']],
  [['doctor', '--config', 'no-such-file.yaml', '--json']],
])('ends without a trace as a tool that SIGPIPE ends when nobody reads the result of %j', async (args) => {
  const { code, other } = await closedAt('stdout', args);
  expect(code).toBe(141);
  // No stack trace; what doctor counted is for people and stays.
  expect(other).not.toMatch(/EPIPE|^\s+at /m);
});

it('keeps its exit code when nobody reads its complaints', async () => {
  expect(await closedAt('stderr', ['no-such-command'])).toEqual({ code: 2, other: '' });
});
