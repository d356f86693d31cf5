// Tables for people: no wider than the terminal, nothing cut off (a cell that is too long goes on in the next line).
import Table from 'cli-table3';
import type { Terminal } from '../terminal.ts';
import { paint } from './paint.ts';
import { displayWidth, withoutControls, wrapText } from './wrap-text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Numbers go to the right. */
  readonly isNumber?: boolean;
  /** May be broken into lines when there is no room; ids may not, so that they can be copied. */
  readonly mayWrap?: boolean;
}

type Screen = Pick<Terminal, 'columns' | 'hasColors'>;

const GAP = 2;
const NARROWEST = 6;
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

export function textTable<Row>(
  screen: Screen,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const cells = rows.map((row) => columns.map((column) => withoutControls(column.cell(row))));
  const colWidths = widths(screen.columns, columns, cells);
  const table = new Table({
    head: columns.map(({ title }) => paint(screen, 'bold', title)),
    chars: NO_LINES,
    style: PLAIN,
    colAligns: columns.map(({ isNumber }) => (isNumber ? 'right' : 'left')),
    colWidths,
  });
  table.push(...cells.map((row) => row.map((cell, at) => wrapText(cell, colWidths[at] ?? NARROWEST))));
  return withoutTrailingSpace(table.toString());
}

/** Names on the left, values on the right: one thing in full. */
export function fieldTable(
  screen: Screen,
  fields: readonly (readonly [name: string, value: string])[],
): string {
  const nameWidth = Math.max(...fields.map(([name]) => name.length));
  const valueWidth = Math.max(NARROWEST, screen.columns - nameWidth - GAP);
  const table = new Table({ chars: NO_LINES, style: PLAIN, colWidths: [nameWidth, valueWidth] });
  for (const [name, value] of fields)
    table.push([paint(screen, 'bold', name), wrapText(withoutControls(value), valueWidth)]);
  return withoutTrailingSpace(table.toString());
}

const PLAIN = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };

interface Fit {
  readonly title: string;
  readonly mayWrap?: boolean;
}

function widths(room: number, columns: readonly Fit[], cells: readonly (readonly string[])[]): number[] {
  const wanted = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => longestLine(row[at] ?? ''))),
  );
  let excess = wanted.reduce((total, width) => total + width, 0) + GAP * (columns.length - 1) - room;
  // The widest column that may wrap gives way first.
  for (; excess > 0; excess -= 1) {
    const widest = widestToWrap(columns, wanted);
    if (widest === -1) break;
    wanted[widest] = (wanted[widest] ?? 0) - 1;
  }
  return wanted;
}

function widestToWrap(columns: readonly Fit[], wanted: readonly number[]): number {
  let widest = -1;
  for (const [at, { title, mayWrap }] of columns.entries()) {
    const width = wanted[at] ?? 0;
    if (mayWrap && width > Math.max(NARROWEST, title.length) && width > (wanted[widest] ?? 0)) widest = at;
  }
  return widest;
}

function longestLine(text: string): number {
  return text.split('\n').reduce((longest, line) => Math.max(longest, displayWidth(line)), 0);
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/[ \t]+$/gm, '');
}
