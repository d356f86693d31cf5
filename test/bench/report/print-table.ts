// The summary: every number with its target, 80 columns wide.
import type { TargetRow } from './target-row.ts';

const WIDTHS = { what: 43, target: 15, measured: 15, met: 4 };

export function printTable(title: string, rows: readonly TargetRow[], say: (line: string) => void): void {
  say(`\n${title}`);
  say(line('', 'target', 'measured', 'met'));
  say('-'.repeat(80));
  for (const { what, target, measured, isMet } of rows) say(line(what, target, measured, metText(isMet)));
}

function line(what: string, target: string, measured: string, met: string): string {
  const { what: whatWidth, target: targetWidth, measured: measuredWidth, met: metWidth } = WIDTHS;
  return [
    what.padEnd(whatWidth),
    target.padStart(targetWidth),
    measured.padStart(measuredWidth),
    met.padStart(metWidth),
  ]
    .join(' ')
    .trimEnd();
}

function metText(isMet: TargetRow['isMet']): string {
  if (isMet === null) return '';
  if (isMet === 'unsure') return '?';
  return isMet ? 'yes' : 'NO';
}
