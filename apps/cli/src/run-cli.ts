// The command line as a function: arguments in, exit code out.
import { CommanderError } from 'commander';
import { ropeway } from './ropeway.ts';
import { CommandFailed, type Terminal, WrongUsage } from './terminal.ts';

/** 0: done. 1: refused or failed, 2: called wrongly; said why on `err`. Never throws for anything a person can do. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await ropeway(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its message already; its help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommandFailed || error instanceof WrongUsage)) throw error;
    terminal.err(error.message);
    return error instanceof WrongUsage ? 2 : 1;
  }
}
