// Patterns of `case` as bash and zsh both read them.
import type { CommandWords, OptionWords } from './command-words.ts';

/** One for each command but the first word: `'parent/word'`. */
export function commandPatterns(commands: readonly CommandWords[]): string {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const words = path.split(' ');
      return `'${words.slice(0, -1).join(' ')}/${words.at(-1)}'`;
    })
    .join(' | ');
}

/** What follows an option that takes a value: `reply` gives the statements of one case. */
export function valueCases(
  commands: readonly CommandWords[],
  reply: (takes: OptionWords['takes']) => string,
): string {
  const lines = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takes }) => takes !== 'none')
      .map(({ flags, takes }) => {
        const patterns = flags.map((flag) => `'${path}/${flag}'`).join(' | ');
        return `    ${patterns}) ${reply(takes)} ;;`;
      }),
  );
  return lines.join('\n');
}
