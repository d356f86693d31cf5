// The tree of commands as a shell needs it: for each command its subcommands, its options, and what an option takes.
import type { Command, Option } from 'commander';

export interface OptionWords {
  /** As in `--json` and `-f`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** `none`: takes no value. `file`: a path. A list: one of these. `text`: something the shell cannot know. */
  readonly takes: 'none' | 'file' | 'text' | readonly string[];
}

export interface CommandWords {
  /** As in `key create`; '' is `ropeway` itself. */
  readonly path: string;
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionWords[];
  /** Its first argument is a path. */
  readonly takesFile: boolean;
  /** What its first argument is one of. */
  readonly choices: readonly string[];
}

const HELP: OptionWords = { flags: ['--help', '-h'], description: 'display help', takes: 'none' };

/** Depth first, the program itself first. */
export function commandWords(command: Command, path = ''): readonly CommandWords[] {
  const [argument] = command.registeredArguments;
  const own: CommandWords = {
    path,
    description: firstSentence(command.description()),
    subcommands: command.commands.map((sub) => ({
      name: sub.name(),
      description: firstSentence(sub.description()),
    })),
    options: [...command.options.map(optionWords), HELP],
    takesFile: argument?.name() === 'file',
    choices: argument?.argChoices ?? [],
  };
  const below = command.commands.flatMap((sub) =>
    commandWords(sub, path === '' ? sub.name() : `${path} ${sub.name()}`),
  );
  return [own, ...below];
}

function optionWords(option: Option): OptionWords {
  const flags = [option.long, option.short].filter((flag) => flag !== undefined && flag !== null);
  return { flags, description: option.description, takes: takenBy(option) };
}

function takenBy({ required, optional, argChoices, flags }: Option): OptionWords['takes'] {
  if (!required && !optional) return 'none';
  if (argChoices !== undefined) return argChoices;
  return flags.includes('<file>') ? 'file' : 'text';
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/)[0]?.replace(/\.$/, '') ?? '';
}
