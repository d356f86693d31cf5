import { expect, it } from '@jest/globals';
import { A_REPORT } from './a-report.ts';
import { progressLine } from './progress-line.ts';
import { reportTable } from './report-table.ts';

it('fits 80 columns, without colour', () => {
  const table = reportTable(A_REPORT, () => 13.5);
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(table).not.toContain('\u001b');
});

it('adds up what the pools used, against a fixed fleet', () => {
  expect(reportTable(A_REPORT, () => 13.5)).toContain(
    'one GPU a worker: 73.6; of a fixed fleet for the\npeaks of all pools: 168 (56 % saved).',
  );
});

it('says nothing of questions that nobody counted', () => {
  expect(reportTable(A_REPORT, () => 0)).toContain('1,234 times, 12 without');
  expect(reportTable({ ...A_REPORT, scaler: null }, () => 0)).not.toContain('scaler');
});

it('says which promise is broken', () => {
  const promises = [
    { promise: 'one', isKept: true },
    { promise: 'two', isKept: false },
  ];
  expect(reportTable({ ...A_REPORT, promises }, () => 0)).toMatch(/kept\s+one\nBROKEN\s+two$/);
});

it('shows progress in 80 columns', () => {
  const pools = ['default', 'yarn-2', 'yarn-4'].map((name) => ({ name, ready: 3, standing: 4 }));
  const line = progressLine({ hour: 16, sent: 12_345, running: 123, parked: 123, pools });
  expect(line.length).toBeLessThanOrEqual(80);
  expect(line).toContain('16:00 afternoon');
  expect(line).toContain('default 3/4');
});
