// docs/rehearsal.md says which times are shortened and when what happens; it must be what is played.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { LONG_REQUESTS, UPHEAVALS } from '../rehearsal/day/happenings.ts';
import { chatsPerSecond, clockText } from '../rehearsal/day/load-curve.ts';
import { PLAYED_TIMES } from '../rehearsal/day/played-times.ts';
import { A_REPORT } from '../rehearsal/report/a-report.ts';
import { promisesOf } from '../rehearsal/report/promises.ts';
import { reportTable } from '../rehearsal/report/report-table.ts';
import { scalingQueries } from '../rehearsal/watch/scaling-queries.ts';

const page = readFileSync('docs/rehearsal.md', 'utf8');
const rowsOf = (head: string) => page.split(head)[1]?.split('\n\n')[0]?.split('\n').slice(2) ?? [];

it('has the shortened times as they are played', () => {
  const said = rowsOf('| | here | in production |').map((row) =>
    Number.parseInt(row.split('|')[2] ?? '', 10),
  );
  expect(said).toEqual(Object.values(PLAYED_TIMES).map((ms) => ms / 1_000));
});

it('has the day as it is played', () => {
  const said = rowsOf('| hour | what happens |').map((row) => row.split('|')[1]?.trim());
  const hours = [...LONG_REQUESTS, ...UPHEAVALS].map(({ hour }) => hour);
  expect(said).toEqual(hours.toSorted((a, b) => a - b).map(clockText));
  const [, night, noon] = /([\d.]+) a second at night and (\d+) at noon/.exec(page) ?? [];
  expect([Number(night), Number(noon)]).toEqual([chatsPerSecond(3), chatsPerSecond(12)]);
});

it.each(['What it printed', 'What it printed with `--cluster`'])(
  'shows in 80 columns, and without a broken promise: %s',
  (title) => {
    const printed = page.split(`## ${title}\n`)[1]?.split('```\n')[1] ?? '';
    const lines = printed.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.filter((line) => line.startsWith('BROKEN'))).toEqual([]);
  },
);

/** First column of the first table. */
const rowsIn = (text: string) =>
  [...(text.split('\n\n')[0] ?? '').matchAll(/^│ (.+?) +│/gm)].map(([, label]) => label);

it.each([
  ['What it printed', A_REPORT],
  ['What it printed with `--cluster`', { ...A_REPORT, scaler: null }],
])('shows the rows the program prints: %s', (title, report) => {
  const section = page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  expect(rowsIn(section.slice(section.indexOf('│ requests')))).toEqual(rowsIn(reportTable(report, () => 0)));
});

it('says how the boards are told when they are asked', () => {
  const asked = scalingQueries.length;
  const table = reportTable({ ...A_REPORT, boards: { asked, unanswered: [] } }, () => 0);
  const said =
    new RegExp(`^│ boards.*│ (${asked} queries, 0 .*?) +│$`, 'm').exec(table)?.[1] ?? 'not printed';
  const promise = promisesOf(A_REPORT).at(-1)?.promise ?? 'none';
  expect(page).toContain(`\`${said}\``);
  expect(page).toContain(`\`kept    ${promise}\``);
});
