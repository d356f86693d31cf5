// A text file somebody named on the command line, or the sentence that says why not.
import { readFileSync } from 'node:fs';
import { CommandFailed } from './terminal.ts';

export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(`${file} ${whyNot(error)}: check the path and its rights`);
  }
}

export function whyNot(error: unknown): string {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : error;
  if (code === 'ENOENT') return 'is not there';
  return code === 'EACCES' ? 'may not be read by you' : `cannot be read (${code})`;
}
