// Where does the pre-token that starts here end? A hand-written form of the Qwen family's splitting pattern,
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// over UTF-8 bytes. The alternatives are tried in the pattern's order, each comment below names the one it decides.
// A byte is looked at no more than three times whatever the text, so scanning is linear.
import { COMPOSING, LETTER, NEWLINE, NUMBER, OTHER, SPACE } from './unicode-classes.ts';

const CLASS = 7;
const APOSTROPHE = 0x27;
const BLANK = 0x20;

export class PretokenScanner {
  /** Whether a code point of this text was read that NFC may change (see COMPOSING). */
  metComposing = false;
  readonly #classes: Uint8Array;
  #bytes: Uint8Array = new Uint8Array(0);
  /** End of the text; the pattern's look-ahead ends here. */
  #end = 0;
  /** Where the code point read last ends. */
  #next = 0;

  constructor(classes: Uint8Array) {
    this.#classes = classes;
  }

  /** Valid UTF-8 from here to `end`. */
  setText(bytes: Uint8Array, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.metComposing = false;
  }

  /** End of the pre-token at `start`, which must be below the text's end. */
  endOf(start: number): number {
    const bytes = this.#bytes;
    const first = this.#classAt(start);
    const next = this.#next;
    switch (first) {
      case LETTER:
        return this.#skip(LETTER, next);
      case NUMBER:
        return next;
      case NEWLINE:
        return this.#endOfSpaces(start);
    }
    if (bytes[start] === APOSTROPHE) {
      const contraction = this.#contractionAt(start);
      if (contraction > 0) return start + contraction;
    }
    const second = next < this.#end ? this.#classAt(next) : -1;
    if (second === LETTER) return this.#skip(LETTER, this.#next);
    if (first === OTHER) return this.#endOfOthers(next);
    if (second === OTHER && bytes[start] === BLANK) return this.#endOfOthers(this.#next);
    return this.#endOfSpaces(start);
  }

  /** Past the code points of one class. */
  #skip(wanted: number, from: number): number {
    const bytes = this.#bytes;
    const classes = this.#classes;
    const end = this.#end;
    let position = from;
    while (position < end) {
      const byte = bytes[position] ?? 0;
      if (byte < 0x80) {
        if (classes[byte] !== wanted) return position;
        position += 1;
      } else {
        if (this.#classAt(position) !== wanted) return position;
        position = this.#next;
      }
    }
    return position;
  }

  /** `[^\s\p{L}\p{N}]+[\r\n]*`, its first code point already read. */
  #endOfOthers(from: number): number {
    return this.#skip(NEWLINE, this.#skip(OTHER, from));
  }

  /** `\s*[\r\n]+`, else `\s+(?!\S)`, else `\s+`. */
  #endOfSpaces(start: number): number {
    let position = start;
    let lastStart = start;
    let afterNewline = start;
    while (position < this.#end) {
      const found = this.#classAt(position);
      if (found !== SPACE && found !== NEWLINE) break;
      lastStart = position;
      position = this.#next;
      if (found === NEWLINE) afterNewline = position;
    }
    if (afterNewline > start) return afterNewline;
    const isFollowed = position < this.#end;
    return isFollowed && lastStart > start ? lastStart : position;
  }

  /** Length of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at an apostrophe; 0 when there is none. */
  #contractionAt(start: number): number {
    switch (this.#foldedAt(start + 1)) {
      case 's':
      case 't':
      case 'm':
      case 'd':
        return 2;
      case 'ſ': // the long s folds to s
        return 3;
      case 'r':
      case 'v':
        return this.#foldedAt(start + 2) === 'e' ? 3 : 0;
      case 'l':
        return this.#foldedAt(start + 2) === 'l' ? 3 : 0;
      default:
        return 0;
    }
  }

  /** The letter a contraction may have at this byte, in lower case; '' for any other. */
  #foldedAt(position: number): string {
    if (position >= this.#end) return '';
    const byte = this.#bytes[position] ?? 0;
    if (byte === 0xc5 && this.#bytes[position + 1] === 0xbf) return 'ſ';
    return FOLDED[byte] ?? '';
  }

  /** Reads the code point at `position`: its class, and where it ends in #next. */
  #classAt(position: number): number {
    const bytes = this.#bytes;
    const lead = bytes[position] ?? 0;
    if (lead < 0x80) {
      this.#next = position + 1;
      return this.#classes[lead] ?? OTHER;
    }
    const second = (bytes[position + 1] ?? 0) & 0x3f;
    let codePoint: number;
    if (lead < 0xe0) {
      codePoint = ((lead & 0x1f) << 6) | second;
      this.#next = position + 2;
    } else {
      const third = (bytes[position + 2] ?? 0) & 0x3f;
      if (lead < 0xf0) {
        codePoint = ((lead & 0x0f) << 12) | (second << 6) | third;
        this.#next = position + 3;
      } else {
        const fourth = (bytes[position + 3] ?? 0) & 0x3f;
        codePoint = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
        this.#next = position + 4;
      }
    }
    const found = this.#classes[codePoint] ?? OTHER;
    if (found >= COMPOSING) this.metComposing = true;
    return found & CLASS;
  }
}

/** Bytes of the letters contractions are made of, both cases, to the lower-case letter. */
const FOLDED: readonly (string | undefined)[] = foldedLetters();

function foldedLetters(): readonly (string | undefined)[] {
  const letters: (string | undefined)[] = new Array<string | undefined>(256).fill(undefined);
  for (const letter of 'stmdrevl') {
    letters[letter.charCodeAt(0)] = letter;
    letters[letter.toUpperCase().charCodeAt(0)] = letter;
  }
  return letters;
}
