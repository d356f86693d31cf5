// JSON read without loss: numbers keep their spelling, objects their key order (JSON.parse turns 1.0 into 1, rounds
// big integers and moves integer-like keys to the front). Templates print tools and arguments as Python would, so
// the spelling decides how many tokens they are.

/** A number in the spelling of its source text, as in `1.0`, `1e-7`, `12345678901234567890`, `NaN`. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type LosslessObject = ReadonlyMap<string, LosslessJson>;
/** Objects are Maps: a repeated key keeps its first place and its last value, as in Python's dict. */
export type LosslessJson = string | boolean | null | JsonNumber | readonly LosslessJson[] | LosslessObject;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in strings (RFC 8259 section 7)
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y;
/** Python's json refuses deeper nesting with RecursionError; so do we, before the stack is at risk. */
export const MAX_JSON_DEPTH = 512;
/** Each is a token of a prompt or more, and takes a microsecond or two of the event loop. */
const MOST_VALUES = 131_072;

/** Reads one JSON text. `NaN` and `Infinity` are accepted, as Python's json does. Throws SyntaxError, and RangeError for more than `most` values. */
export function parseLossless(text: string, most = MOST_VALUES): LosslessJson {
  const reader = new LosslessReader(text, most);
  const value = reader.value(0);
  reader.end();
  return value;
}

class LosslessReader {
  readonly #text: string;
  readonly #most: number;
  #at = 0;
  #values = 0;

  constructor(text: string, most: number) {
    this.#text = text;
    this.#most = most;
  }

  value(depth: number): LosslessJson {
    if (depth > MAX_JSON_DEPTH) throw new SyntaxError(`JSON nested deeper than ${MAX_JSON_DEPTH}`);
    if (++this.#values > this.#most) throw new RangeError(`more than ${this.#most} values`);
    this.#space();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return new JsonNumber(this.#match(NUMBER));
    }
  }

  end(): void {
    this.#space();
    if (this.#at !== this.#text.length) this.#fail();
  }

  #object(depth: number): LosslessObject {
    const members = new Map<string, LosslessJson>();
    this.#at++;
    if (this.#closes('}')) return members;
    for (;;) {
      this.#space();
      const key = this.#string();
      this.#space();
      this.#expect(':');
      members.set(key, this.value(depth + 1));
      if (this.#closes('}')) return members;
      this.#expect(',');
    }
  }

  #array(depth: number): LosslessJson[] {
    const items: LosslessJson[] = [];
    this.#at++;
    if (this.#closes(']')) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#closes(']')) return items;
      this.#expect(',');
    }
  }

  #string(): string {
    PLAIN_STRING.lastIndex = this.#at;
    const plain = PLAIN_STRING.exec(this.#text);
    if (plain) {
      this.#at = PLAIN_STRING.lastIndex;
      return plain[0].slice(1, -1);
    }
    if (this.#text[this.#at] !== '"') this.#fail();
    const start = this.#at;
    this.#at = stringEnd(this.#text, start);
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    return value;
  }

  #closes(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#closes(mark)) this.#fail();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found || found[0] === '') return this.#fail();
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #space(): void {
    if (this.#text.charCodeAt(this.#at) > 0x20) return;
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #fail(): never {
    throw new SyntaxError(`unexpected ${this.#text[this.#at] ?? 'end'} at ${this.#at}`);
  }
}

/** Index after the quote that closes the string, or the text's end. An expression would need the stack for each escape. */
export function stringEnd(text: string, open: number): number {
  let at = open + 1;
  for (; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
  return Math.min(at + 1, text.length);
}
