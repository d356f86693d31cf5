// Who runs where: worker and client on core 0, the proxy under test alone on core 1. Without that a proxy's "one core"
// would be whatever the scheduler gave it.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Place = 'load' | 'proxy';

const CORES: Readonly<Record<Place, string>> = { load: '0', proxy: '1' };

/** False where there is one core or no `taskset`: then figures of two runs can't be compared. */
export const isPinned: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The command, tied to its place. `taskset` becomes the command, so the process id is the command's own. */
export function pinned(place: Place, command: string, args: readonly string[]): readonly [string, string[]] {
  return isPinned ? ['taskset', ['-c', CORES[place], command, ...args]] : [command, [...args]];
}
