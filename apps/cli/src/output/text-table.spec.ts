import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { fieldTable, textTable } from './text-table.ts';
import { displayWidth, wrapText } from './wrap-text.ts';

const SCREEN = { columns: 40, hasColors: false };
const COLUMNS = [
  { title: 'ID', cell: (row: readonly string[]) => row[0] ?? '' },
  { title: 'NAME', cell: (row: readonly string[]) => row[1] ?? '', mayWrap: true },
  { title: 'COUNT', cell: (row: readonly string[]) => row[2] ?? '', isNumber: true },
];

describe('textTable', () => {
  it('keeps to the width of the terminal and loses nothing', () => {
    const name = 'a name of many words and averyverylongwordwithoutanyspaceatallinit';
    const text = textTable(SCREEN, COLUMNS, [['Xq3LfT0bZ7Rw', name, '1,000']]);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
    const column = text
      .split('\n')
      .slice(1)
      .map((line) => line.slice(14, 33))
      .join('');
    expect(column.replaceAll(' ', '')).toBe(name.replaceAll(' ', ''));
  });

  it('never breaks an id, however narrow it is', () => {
    const text = textTable({ ...SCREEN, columns: 10 }, COLUMNS, [['Xq3LfT0bZ7Rw', 'x', '1']]);
    expect(text).toContain('Xq3LfT0bZ7Rw');
  });

  it('aligns wide characters', () => {
    const [, first = '', second = ''] = textTable(SCREEN, COLUMNS, [
      ['a', '你好', '1'],
      ['b', 'four', '2'],
    ]).split('\n');
    expect(displayWidth(first)).toBe(displayWidth(second));
  });

  it('has colours only where the terminal has', () => {
    const rows = [['a', 'b', 'c']];
    const plain = textTable(SCREEN, COLUMNS, rows);
    const colored = textTable({ ...SCREEN, hasColors: true }, COLUMNS, rows);
    expect(plain).not.toContain('\u001b');
    expect(colored).toContain('\u001b[1m');
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });
});

describe('fieldTable', () => {
  it('goes on below a value that is too long', () => {
    const text = fieldTable({ columns: 20, hasColors: false }, [['name', 'one two three four']]);
    expect(text).toBe('name  one two three\n      four');
  });
});

describe('wrapText', () => {
  it('breaks between words where it can', () => {
    expect(wrapText('one two three', 7)).toBe('one two\nthree');
    expect(wrapText('abcdefghij', 4)).toBe('abcd\nefgh\nij');
  });
});
