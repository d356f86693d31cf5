// The end of a command's help: lines to copy. A remark stands above its line as a comment, never behind it: words behind a
// command are arguments, and an interactive zsh knows no comments.

/** A command, or a command and what it is for. */
type Example = string | readonly [command: string, remark: string];

export function examples(...list: readonly Example[]): string {
  const lines = list.flatMap((example) => {
    const [command, remark] = typeof example === 'string' ? [example] : example;
    return [...(remark === undefined ? [] : [`  # ${remark}`]), `  $ ${command}`];
  });
  return [list.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n');
}
