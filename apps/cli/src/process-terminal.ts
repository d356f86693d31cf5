// The terminal of the process. The only file of the command line that looks at the process; main.ts hands it down.
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { Terminal } from './terminal.ts';

/** Text that goes to a file or a pipe is laid out as for a terminal of this width. */
const PLAIN_COLUMNS = 80;
/** How often a wait is mentioned where lines cannot be rewritten: a log wants few. */
const PLAIN_PROGRESS_MS = 15_000;

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isWatched = stderr.isTTY === true;
  // A terminal that does not know its width says 0.
  const columns = stdout.isTTY ? stdout.columns || PLAIN_COLUMNS : PLAIN_COLUMNS;
  return {
    out: (line) => stdout.write(`${line}\n`),
    err: (line) => stderr.write(`${line}\n`),
    progress: isWatched && env.TERM !== 'dumb' ? rewriting : everyNowAndThen(),
    ask: (question) => (stdin.isTTY && isWatched ? asked(question) : Promise.resolve(null)),
    input: () => text(stdin),
    env,
    columns,
    hasColors: stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
  };
}

function rewriting(line: string | null): void {
  process.stderr.write(`\r\x1b[2K${line ?? ''}`);
}

function everyNowAndThen(): Terminal['progress'] {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (line) => {
    if (line === null || performance.now() - lastMs < PLAIN_PROGRESS_MS) return;
    lastMs = performance.now();
    process.stderr.write(`${line}\n`);
  };
}

/** '' for Ctrl-C and Ctrl-D: a person who gives no answer gives no consent. */
async function asked(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('\n')));
  try {
    const answer = await Promise.race([lines.question(question), ended]);
    if (answer === '\n') process.stderr.write('\n');
    return answer;
  } finally {
    lines.close();
  }
}
