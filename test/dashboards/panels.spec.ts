// Every panel can be read by someone who did not make it, and stands in a place of its own.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, it } from '@jest/globals';
import { boards, panelsOf, type ReadPanel } from './read-boards.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const known = new Set<unknown>(Object.values(units));

describe.each(boards)('$board.title', ({ board }) => {
  const panels = panelsOf(board);

  it.each(panels.map((panel) => [panel.title, panel] as const))('%s', (title, panel) => {
    expect(title).toMatch(/\w/);
    expect(isUnit(panel.fieldConfig?.defaults.unit)).toBe(true);
    expect(panel.description).toMatch(/^.{10,}\n\n\*\*When it looks wrong:\*\* .{10,}$/s);
    expect(panel.datasource).toEqual(DATASOURCE);
    expect(panel.targets).not.toHaveLength(0);
    for (const target of panel.targets ?? []) expect(target.datasource).toEqual(DATASOURCE);
  });

  it('has ids, titles and queries that differ', () => {
    const rowsAndPanels = board.panels.map(({ id }) => id);
    expect(new Set(rowsAndPanels).size).toBe(rowsAndPanels.length);
    expect(new Set(board.panels.map(({ title }) => title)).size).toBe(board.panels.length);
    for (const { targets = [] } of panels)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it('has no two panels in one place, and none outside the grid', () => {
    for (const { gridPos } of board.panels) {
      expect(gridPos.w).toBeGreaterThan(0);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    const pairs = board.panels.flatMap((one, index) =>
      board.panels.slice(index + 1).map((other) => [one, other] as const),
    );
    expect(pairs.filter(([one, other]) => overlap(one, other))).toEqual([]);
  });
});

it('answers the first question of the night in the first row of the Overview', () => {
  const overview = boards.find(({ board }) => board.uid === 'ropeway-overview')?.board;
  const rows = overview?.panels.filter(({ type }) => type === 'row') ?? [];
  const first = overview?.panels.filter(({ gridPos }) => gridPos.y < (rows[1]?.gridPos.y ?? 0)) ?? [];
  expect(first.map(({ title }) => title)).toEqual([
    'Are callers hurt, whose fault is it, which pool?',
    'Requests hurt',
    'First token, short prompts, p95',
    'Waiting for room',
    'Longest wait',
    'Pools asked for, without a worker',
    'Availability budget left, 30 days',
    'Whose fault: faults by owner',
    'Which fault: the eight most frequent',
    'Which pool: share of its requests that failed',
  ]);
  const foot = Math.max(...first.map(({ gridPos }) => gridPos.y + gridPos.h));
  expect(foot).toBeLessThanOrEqual(16); // what a laptop shows without scrolling
});

/** One of Grafana's, or a unit of our own with k, M and G before it. */
function isUnit(unit: unknown): boolean {
  return typeof unit === 'string' && (known.has(unit) || /^si:[a-z]/.test(unit));
}

function overlap({ gridPos: a }: ReadPanel, { gridPos: b }: ReadPanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
