// Completion for fish: one line a word, each with the commands it belongs to.
import type { CommandWords, OptionWords } from './command-words.ts';

export function fishCompletion(commands: readonly CommandWords[]): string {
  return [
    '# Completion of ropeway for fish. Save it as ~/.config/fish/completions/ropeway.fish, or: ropeway completion fish | source',
    ...pathFunction(commands),
    `complete -c ropeway -f`,
    ...commands.flatMap((command) => [
      ...command.subcommands.map(
        ({ name, description }) =>
          `complete -c ropeway -n ${at(command.path)} -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...command.choices.map((choice) => `complete -c ropeway -n ${at(command.path)} -a ${quoted(choice)}`),
      ...(command.takesFile ? [`complete -c ropeway -n ${at(command.path)} -F`] : []),
      ...command.options.map((option) => `complete -c ropeway -n ${at(command.path)} ${optionLine(option)}`),
    ]),
  ].join('\n');
}

/**
 * True where the words before the cursor are this command. It is made of the words that are commands, as in the other shells:
 * options and their values stand between them, and ids after them, so nothing needs to match a beginning only.
 */
function pathFunction(commands: readonly CommandWords[]): readonly string[] {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return [
    'function __ropeway_at',
    '  set -l words (commandline -opc)',
    '  set -e words[1]',
    `  set -l commands ${paths.join(' ')}`,
    "  set -l path ''",
    '  for word in $words',
    '    set -l longer (string trim -- "$path $word")',
    '    contains -- "$longer" $commands; and set path "$longer"',
    '  end',
    '  test "$path" = "$argv[1]"',
    'end',
  ];
}

function at(path: string): string {
  return quoted(`__ropeway_at ${path === '' ? '""' : `"${path}"`}`);
}

function optionLine({ flags, description, takes }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...takenWords(takes), `-d ${quoted(description)}`].join(' ');
}

function takenWords(takes: OptionWords['takes']): readonly string[] {
  if (takes === 'none') return [];
  if (takes === 'file') return ['-r', '-F'];
  return takes === 'text' ? ['-x'] : ['-x', `-a ${quoted(takes.join(' '))}`];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
