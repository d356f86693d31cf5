// Entry of the `ropeway` command line; scripts/ropeway.mjs starts it on the pinned Node.
import { processTerminal } from './process-terminal.ts';
import { runCli } from './run-cli.ts';

/** 128 + SIGPIPE: how a shell tells of a tool that wrote to a pipe nobody reads. Node ignores the signal itself. */
const NOBODY_READS = 141;

// `ropeway usage --csv | head` is done when head is. Not with 0: what doctor found, say, was not told.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? NOBODY_READS : 1),
);
// Complaints nobody reads change neither the result nor the exit code.
process.stderr.on('error', () => {});
// The first process of a container is not ended by a signal nobody listens to (pid_namespaces(7)): 128 + its number, as a shell says it.
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
