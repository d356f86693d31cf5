// Writes the boards where the chart takes them from, and their table into docs/dashboards.md: `npm run docs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOARDS } from './boards.ts';
import { boardsTable } from './boards-table.ts';
import { dashboardText } from './build-dashboard.ts';

const root = join(import.meta.dirname, '..', '..');
const PAGE = 'docs/dashboards.md';
const BEGIN = '<!-- boards -->\n';
const END = '<!-- /boards -->';

/** Paths below the root of the repository, and what they hold. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const boards = BOARDS.map((board): [string, string] => [
    `helm/ropeway/dashboards/${board.uid}.json`,
    dashboardText(board),
  ]);
  return new Map([...boards, [PAGE, page()]]);
}

export function writeDashboards(): void {
  for (const [path, text] of dashboardFiles()) writeFileSync(join(root, path), text);
}

function page(): string {
  const [before = '', rest = ''] = readFileSync(join(root, PAGE), 'utf8').split(BEGIN);
  return `${before}${BEGIN}${boardsTable(BOARDS)}${rest.slice(rest.indexOf(END))}`;
}
