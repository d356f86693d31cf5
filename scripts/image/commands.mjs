// Programs of the machine, run to their end: what they say is kept for the day they fail.
import { spawnSync } from 'node:child_process';

/** Standard output (nothing where it is shown instead), without white space around it. Throws with all it said. */
export function output(file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${status}:\n${stderr ?? ''}${stdout ?? ''}`);
  return (stdout ?? '').trim();
}
