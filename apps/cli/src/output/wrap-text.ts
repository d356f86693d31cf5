// Text in lines of a given width: broken between words, and within a word only where it is longer than a line.
import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Never loses a character but the spaces at which it breaks. */
export function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (displayWidth(line) <= width ? line : wrapLine(line, width)))
    .join('\n');
}

/** Columns a text takes: none for colours and combining marks, two for wide East Asian characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character);
  return width;
}

/** What strangers chose (names, audit entries) must not steer the terminal it is shown on. */
export function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '');
}

function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').flatMap((part) => chopped(part, width))) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (displayWidth(joined) <= width) current = joined;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current].join('\n');
}

function chopped(word: string, width: number): readonly string[] {
  if (displayWidth(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (displayWidth(part) + characterWidth(character) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}

function characterWidth(character: string): number {
  if (/\p{Mark}|\u200d/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
