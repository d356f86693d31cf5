// Completion for bash 3.2 and later (macOS has that one): no associative arrays, nothing of bash-completion needed.
import { commandPatterns, valueCases } from './case-patterns.ts';
import type { CommandWords, OptionWords } from './command-words.ts';

export function bashCompletion(commands: readonly CommandWords[]): string {
  return `# Completion of ropeway for bash. Load it with: source <(ropeway completion bash)
_ropeway() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" path="" word index
  [ "$COMP_CWORD" -gt 0 ] && previous="\${COMP_WORDS[COMP_CWORD-1]}"
  # The command is made of the words that are commands; options and their values stand between them.
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path/$word" in
      ${commandPatterns(commands)}) path="\${path:+$path }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$path/$previous" in
${valueCases(commands, (takes) => `${valueReply(takes)}return`)}
  esac
  case "$path" in
${wordCases(commands)}
  esac
}
complete -o bashdefault -o default -F _ropeway ropeway`;
}

function valueReply(takes: OptionWords['takes']): string {
  // An empty reply falls back to file names (complete -o default), which is right for a file and harmless for a text.
  if (typeof takes === 'string') return '';
  return `COMPREPLY=($(compgen -W '${takes.join(' ')}' -- "$current")); `;
}

function wordCases(commands: readonly CommandWords[]): string {
  return commands
    .map(({ path, subcommands, options, choices }) => {
      const flags = options.flatMap((option) => option.flags.filter((flag) => flag.startsWith('--')));
      const words = [...subcommands.map(({ name }) => name), ...choices, ...flags];
      return `    '${path}') COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current")) ;;`;
    })
    .join('\n');
}
