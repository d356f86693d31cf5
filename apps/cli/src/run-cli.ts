// The command line as a function: arguments in, exit code out. A new command is a file in commands/ and a line here.
import { Command, CommanderError } from 'commander';
import { addConfigCommands } from './commands/config.ts';
import { addKeyCommands } from './commands/key.ts';
import { CommandFailed, type Terminal } from './terminal.ts';

/** Adds the commands of one noun. */
export type AddCommands = (program: Command, terminal: Terminal) => void;

const NOUNS: readonly AddCommands[] = [addKeyCommands, addConfigCommands];

const EXAMPLES = `
Examples:
  $ ropeway key new --new-pepper --tenant my-team       first key, and the pepper all keys need
  $ ropeway key new --tenant my-team --requests-per-minute 600
  $ ropeway config check ropeway.yaml                   every problem of a configuration file at once

Secrets come from the environment: ROPEWAY_PEPPER, or ROPEWAY_PEPPER_FILE naming a file.`;

/** 0: done. 1: said why not on `err`. Never throws for anything a person can do. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await ropeway(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its message already; its help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!(error instanceof CommandFailed)) throw error;
    terminal.err(error.message);
    return 1;
  }
}

function ropeway(terminal: Terminal): Command {
  const program = new Command('ropeway')
    .description('Works with a Ropeway gateway: keys and configuration.')
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .exitOverride();
  for (const addCommands of NOUNS) addCommands(program, terminal);
  return program;
}
