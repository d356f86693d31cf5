// Where and how Python's json module gives up on a text, in its words: vLLM shows both to its client.
interface JsonError {
  readonly position: number;
  readonly message: string;
}

/** Only called on texts that are known to be broken, so its speed does not matter. */
export function jsonErrorOf(text: string): JsonError {
  try {
    const end = skipSpace(text, valueEnd(text, skipSpace(text, 0)));
    return { position: end, message: 'Extra data' };
  } catch (thrown) {
    if (thrown instanceof Stop) return thrown;
    throw thrown;
  }
}

class Stop implements JsonError {
  readonly position: number;
  readonly message: string;

  constructor(position: number, message: string) {
    this.position = position;
    this.message = message;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}

/** The position after the value that begins here. */
function valueEnd(text: string, at: number): number {
  switch (text[at]) {
    case '"':
      return stringEnd(text, at);
    case '{':
      return objectEnd(text, at);
    case '[':
      return arrayEnd(text, at);
    default: {
      const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity)/y;
      scalar.lastIndex = at;
      const found = scalar.exec(text);
      if (found === null) throw new Stop(at, 'Expecting value');
      return at + found[0].length;
    }
  }
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    if (character < ' ') throw new Stop(at, 'Invalid control character at');
    if (character !== '\\') continue;
    const escaped = text.charAt(at + 1);
    if (escaped === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)))
        throw new Stop(at + 1, 'Invalid \\uXXXX escape');
    } else if (!'"\\/bfnrt'.includes(escaped) || escaped === '') {
      throw new Stop(at, 'Invalid \\escape');
    }
    at += 1;
  }
  throw new Stop(start, 'Unterminated string starting at');
}

function objectEnd(text: string, start: number): number {
  let at = skipSpace(text, start + 1);
  if (text[at] === '}') return at + 1;
  for (;;) {
    if (text[at] !== '"') throw new Stop(at, 'Expecting property name enclosed in double quotes');
    at = skipSpace(text, stringEnd(text, at));
    if (text[at] !== ':') throw new Stop(at, "Expecting ':' delimiter");
    at = skipSpace(text, valueEnd(text, skipSpace(text, at + 1)));
    if (text[at] === '}') return at + 1;
    if (text[at] !== ',') throw new Stop(at, "Expecting ',' delimiter");
    at = skipSpace(text, at + 1);
  }
}

function arrayEnd(text: string, start: number): number {
  let at = skipSpace(text, start + 1);
  if (text[at] === ']') return at + 1;
  for (;;) {
    at = skipSpace(text, valueEnd(text, at));
    if (text[at] === ']') return at + 1;
    if (text[at] !== ',') throw new Stop(at, "Expecting ',' delimiter");
    at = skipSpace(text, at + 1);
  }
}
