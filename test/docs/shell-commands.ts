// The commands in a line of shell, as far as pages use it: pipes and lists, quotes, redirections, comments, and commands
// within `$( )`. No variables, no compounds.

/** The words of each simple command, quotes taken off; those within another come after it. */
export function shellCommands(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [];
  const inner: string[] = [];
  let words: string[] = [];
  let isTarget = false;
  for (const token of tokensOf(text)) {
    if (token.kind === 'word') {
      if (!isTarget) words.push(token.text);
      inner.push(...token.inner);
      isTarget = false;
    } else if (token.text === '>' || token.text === '<') {
      isTarget = true;
    } else if (words.length > 0) {
      commands.push(words);
      words = [];
    }
  }
  if (words.length > 0) commands.push(words);
  return [...commands, ...inner.flatMap(shellCommands)];
}

interface Token {
  readonly kind: 'word' | 'operator';
  readonly text: string;
  /** What stands within `$( )` in it. */
  readonly inner: readonly string[];
}

/** A piece of a word; white space; a comment; an operator. The first that fits. */
const PIECE =
  /(?<gap>(?:[ \t]|\\\n)+)|(?<comment>(?<=^|\s)#[^\n]*)|(?<operator>\n|[|&;]+|>+|<)|'(?<single>[^']*)'|"(?<double>(?:\$\([^)]*\)|\\.|[^"\\])*)"|\\(?<escaped>.)|(?<plain>\$\([^)]*\)|[^\s'"\\|&;<>])/gsy;

function* tokensOf(text: string): Generator<Token> {
  let word: { text: string; inner: string[] } | null = null;
  for (const { groups = {} } of text.matchAll(PIECE)) {
    const { gap, comment, operator, single, double, escaped, plain } = groups;
    const ends = gap ?? comment ?? operator;
    if (ends === undefined) {
      word ??= { text: '', inner: [] };
      word.text += single ?? double ?? escaped ?? plain ?? '';
      for (const [, command = ''] of (double ?? plain ?? '').matchAll(/\$\(([^)]*)\)/g))
        word.inner.push(command);
      continue;
    }
    if (word !== null) yield { kind: 'word', ...word };
    word = null;
    if (operator !== undefined) yield { kind: 'operator', text: operator[0] ?? '', inner: [] };
  }
  if (word !== null) yield { kind: 'word', ...word };
}
