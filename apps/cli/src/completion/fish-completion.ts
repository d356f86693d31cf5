// Completion for fish: one line a word, each with the commands it belongs to.
import type { CommandWords, OptionWords } from './command-words.ts';

export function fishCompletion(commands: readonly CommandWords[]): string {
  return [
    '# Completion of ropeway for fish. Save it as ~/.config/fish/completions/ropeway.fish, or: ropeway completion fish | source',
    ...PATH_FUNCTION,
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

/** Prints the words before the cursor that are commands, as in `key create`: nothing of ropeway has three. */
const PATH_FUNCTION = [
  'function __ropeway_at',
  '  set -l words (commandline -opc)',
  "  set -l path (string join ' ' -- (string match -v -- '-*' $words[2..3]))",
  '  test "$path" = "$argv[1]"; and return 0',
  // Deeper words (an id, a value) belong to the command before them.
  '  test -n "$argv[1]"; and string match -q -- "$argv[1] *" "$path"; and return 0',
  '  return 1',
  'end',
];

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
