// What is committed is what the source says, and is something Grafana and Kubernetes take.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultDashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from '@jest/globals';
import { BOARDS } from '../../scripts/dashboards/boards.ts';
import { dashboardFiles } from '../../scripts/dashboards/write-dashboards.ts';
import { boards } from './read-boards.ts';

const root = join(import.meta.dirname, '..', '..');
/** kubectl apply keeps a copy of an object in an annotation, and annotations end at 256 KiB. */
const MOST_BYTES = 256 * 1024;

it.each([...dashboardFiles()])('%s is what the source says (else: npm run docs)', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

it('has a file for each board and no other', () => {
  expect(boards.map(({ file }) => file)).toEqual(BOARDS.map(({ uid }) => `${uid}.json`).toSorted());
});

it('has every board in the table of its page', () => {
  const page = readFileSync(join(root, 'docs', 'dashboards.md'), 'utf8');
  for (const { board } of boards) expect(page).toContain(`(\`${board.uid}\`) | ${board.description} |`);
});

describe.each(boards)('$file', ({ text, board }) => {
  it('has the schema version of the SDK whose types hold it', () => {
    expect(board.schemaVersion).toBe(42);
    expect(board.schemaVersion).toBe(defaultDashboard().schemaVersion);
  });

  it('fits into a ConfigMap that kubectl apply takes', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  });

  it('asks nothing when it is imported, and is not changed in place', () => {
    expect(text).not.toContain('__inputs');
    expect(board.editable).toBe(false);
  });

  it('opens on the last hour, renewed every 30 s', () => {
    expect(board.time).toEqual({ from: 'now-1h', to: 'now' });
    expect(board.refresh).toBe('30s');
  });

  it('leads to the other boards and takes the choice along', () => {
    expect(board.tags).toEqual(['ropeway']);
    expect(board.links).toMatchObject([{ tags: ['ropeway'], includeVars: true, keepTime: true }]);
  });

  it('shows when our processes started', () => {
    expect(board.annotations.list).toMatchObject([{ enable: true, useValueForTime: true }]);
  });
});
