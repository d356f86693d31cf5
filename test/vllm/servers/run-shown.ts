// Runs a quiet command to its end while its last line is shown as progress.
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Progress } from '../progress.ts';
import { SetUpError } from '../set-up-error.ts';

/** Lines of output kept for when it fails. */
const KEPT_LINES = 15;
/** An installation must not slow down whatever else the machine does. */
const NICE = 10;

interface ShownCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Resolves with its standard output. Rejects with SetUpError, the last lines in its message. */
export function runShown({ file, args, env, signal }: ShownCommand, progress: Progress): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: env ?? process.env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let tail: string[] = [];
    const show = (text: string): void => {
      const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
      tail = [...tail, ...lines].slice(-KEPT_LINES);
      progress.at(tail.at(-1)?.trim() ?? '');
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      show(text);
    });
    child.stderr.setEncoding('utf8').on('data', show);
    child.once('spawn', () => {
      if (child.pid !== undefined) setPriority(child.pid, NICE);
    });
    child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new SetUpError(`${file} ${args.join(' ')} ended with ${code}:\n${tail.join('\n')}`));
    });
  });
}
