// Where a text stops being JSON. V8 says so only of some mistakes, and quotes the text instead of the others. Asked only once
// JSON.parse has refused the text, so it need not be quick; it goes over the text once, without recursion, however deep.

type Expected = 'value' | 'value-or-end' | 'name' | 'name-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const ESCAPES = '"\\/bfnrt';

/** Characters (UTF-16) before the first that no JSON has there; the text's length where it ends too early. */
export function jsonFaultOffset(text: string): number {
  return new Scan(text).faultOffset();
}

class Scan {
  readonly #text: string;
  /** What is open, outermost first: the character that ends each. */
  readonly #open: string[] = [];
  #at = 0;
  #isFault = false;
  #expected: Expected = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  faultOffset(): number {
    while (!this.#isFault) {
      while (isSpace(this.#text[this.#at])) this.#at++;
      if (this.#at >= this.#text.length) break;
      this.#step(this.#text[this.#at] ?? '');
    }
    return Math.min(this.#at, this.#text.length);
  }

  #step(next: string): void {
    const expected = this.#expected;
    if (expected.endsWith('-or-end') && next === this.#open.at(-1)) this.#close();
    else if (expected === 'value' || expected === 'value-or-end') this.#value(next);
    else if (expected === 'name' || expected === 'name-or-end') this.#name(next);
    else if (expected === 'colon') this.#mark(next, ':', 'value');
    else if (expected === 'comma-or-end') this.#mark(next, ',', this.#open.at(-1) === '}' ? 'name' : 'value');
    else this.#isFault = true;
  }

  #mark(next: string, wanted: string, then: Expected): void {
    this.#expected = then;
    this.#take(next === wanted);
  }

  #close(): void {
    this.#open.pop();
    this.#at++;
    this.#endValue();
  }

  #endValue(): void {
    this.#expected = this.#open.length === 0 ? 'nothing' : 'comma-or-end';
  }

  #name(next: string): void {
    this.#expected = 'colon';
    if (next === '"') this.#string();
    else this.#isFault = true;
  }

  #value(next: string): void {
    if (next === '{' || next === '[') {
      this.#at++;
      this.#open.push(next === '{' ? '}' : ']');
      this.#expected = next === '{' ? 'name-or-end' : 'value-or-end';
      return;
    }
    this.#endValue();
    if (next === '"') this.#string();
    else if (LITERALS[next] === undefined) this.#number();
    else for (const character of LITERALS[next]) this.#take(this.#text[this.#at] === character);
  }

  #string(): void {
    this.#at++;
    for (; !this.#isFault && this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') break;
      if (character < ' ') this.#isFault = true;
      else if (character === '\\') this.#escape();
      if (this.#isFault) return;
    }
    this.#at++;
  }

  /** Leaves off at the escape's last character. */
  #escape(): void {
    this.#at++;
    const kind = this.#text[this.#at];
    if (kind === undefined) return;
    if (kind !== 'u') {
      this.#isFault = !ESCAPES.includes(kind);
      return;
    }
    for (let digit = 0; digit < 4; digit++) {
      const next = this.#text[this.#at + 1];
      if (next === undefined) return;
      this.#at++;
      if (!/[\da-f]/i.test(next)) {
        this.#isFault = true;
        return;
      }
    }
  }

  /** A leading zero ends the number; what follows it is then the fault. */
  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits();
    if (!this.#isFault && this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits();
    }
    if (!this.#isFault && /[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digits();
    }
  }

  /** One at least. */
  #digits(): void {
    if (this.#isFault) return;
    const from = this.#at;
    while (isDigit(this.#text[this.#at])) this.#at++;
    this.#isFault = this.#at === from;
  }

  #take(isWanted: boolean): void {
    if (this.#isFault) return;
    if (isWanted) this.#at++;
    else this.#isFault = true;
  }
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
