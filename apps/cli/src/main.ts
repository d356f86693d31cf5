// Entry of the `ropeway` command line; scripts/ropeway.mjs starts it on the pinned Node.
import { processTerminal } from './process-terminal.ts';
import { runCli } from './run-cli.ts';

// `ropeway usage --csv | head` is done when head is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// The first process of a container is not ended by a signal nobody listens to (pid_namespaces(7)): 128 + its number, as a shell says it.
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
