// docs/rehearsal.md says which times are shortened and when what happens; it must be what is played.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { LONG_REQUESTS, UPHEAVALS } from '../rehearsal/day/happenings.ts';
import { chatsPerSecond, clockText } from '../rehearsal/day/load-curve.ts';
import { PLAYED_TIMES } from '../rehearsal/day/played-times.ts';

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
