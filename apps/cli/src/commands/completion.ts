// `ropeway completion …`: a script for the shell, made from the tree of commands.
import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash-completion.ts';
import { type CommandWords, commandWords } from '../completion/command-words.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SHELLS)))
    .description('Print a script that completes commands and options in your shell.')
    .addHelpText('after', EXAMPLES)
    .action((shell: string) => terminal.out(SHELLS[shell]?.(commandWords(program)) ?? ''));
}

const EXAMPLES = `
${examples(
  ['source <(ropeway completion bash)', 'bash, in ~/.bashrc'],
  [`ropeway completion zsh > "\${fpath[1]}/_ropeway"`, 'zsh'],
  ['ropeway completion fish > ~/.config/fish/completions/ropeway.fish', 'fish'],
)}`;
