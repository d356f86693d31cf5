// Completion for zsh: the same data, with descriptions.
import { commandPatterns, valueCases } from './case-patterns.ts';
import type { CommandWords, OptionWords } from './command-words.ts';

export function zshCompletion(commands: readonly CommandWords[]): string {
  return `#compdef ropeway
# Completion of ropeway for zsh. Save it as _ropeway in a folder of $fpath, or: source <(ropeway completion zsh)
_ropeway() {
  local path_='' word previous="\${words[CURRENT-1]}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$path_/$word" in
      ${commandPatterns(commands)}) path_="\${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_/$previous" in
${valueCases(commands, (takes) => `${valueReply(takes)}; return`)}
  esac
  local -a choices
  case "$path_" in
${wordCases(commands)}
  esac
  _describe -t commands ropeway choices
}
if [ "$funcstack[1]" = '_ropeway' ]; then _ropeway "$@"; else compdef _ropeway ropeway; fi`;
}

function valueReply(takes: OptionWords['takes']): string {
  if (takes === 'file') return '_files';
  return typeof takes === 'string' ? '_message value' : `compadd -- ${takes.join(' ')}`;
}

function wordCases(commands: readonly CommandWords[]): string {
  return commands
    .map(({ path, subcommands, options, choices, takesFile }) => {
      const described = [
        ...subcommands.map(({ name, description }) => entry(name, description)),
        ...choices.map((choice) => entry(choice, '')),
        ...options.flatMap(({ flags, description }) =>
          flags.filter((flag) => flag.startsWith('--')).map((flag) => entry(flag, description)),
        ),
      ];
      const files = takesFile ? ' _files;' : '';
      return `    '${path}')${files} choices=(${described.join(' ')}) ;;`;
    })
    .join('\n');
}

/** `name:description`, quoted; a colon in the name would end it. */
function entry(name: string, description: string): string {
  const text = description === '' ? name : `${name}:${description}`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
