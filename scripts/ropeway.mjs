#!/usr/bin/env node
// `ropeway`: starts the command line on the pinned Node, whatever Node is in the path.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './pinned-node.mjs';
import { startAdvice, startProblem } from './start-problem.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
const source = join(root, 'apps', 'cli', 'src', 'main.ts');

const node = pinnedNode();
if (node === null) {
  console.error(
    'ropeway: the pinned Node is not installed for this platform; run `npm ci` in the project first.',
  );
  process.exit(1);
}
// Asked each time, as it takes milliseconds: afterwards the linker's line would stand beside ours.
const problem = startProblem(node);
if (problem !== null) {
  console.error(`ropeway: ${startAdvice(problem)}`);
  process.exit(1);
}
// In a repository the sources are newer than any build; the image has the build alone.
const main = existsSync(source) ? source : built;
const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
child.on('error', (error) => {
  console.error(`ropeway: cannot start ${node}: ${error.message}`);
  process.exit(1);
});
// A signal may be sent to us alone; a Ctrl-C that the terminal sent to both ends the child once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
