// What pictures say of a board without a browser: places, units, names, stacks, buckets, tables.
import { describe, expect, it } from '@jest/globals';
import { boardPage, DRAWN_BY } from '../../scripts/pictures/board-page.ts';
import { heatCells, onTimes } from '../../scripts/pictures/draw-chart.ts';
import { formatValue } from '../../scripts/pictures/format-value.ts';
import { requestsIn } from '../../scripts/pictures/mixed-load.ts';
import { legendOf, panelLines } from '../../scripts/pictures/panel-lines.ts';
import { type Box, boxOf, heightOf, WIDTH } from '../../scripts/pictures/places.ts';
import { tableOf } from '../../scripts/pictures/table-rows.ts';
import { type Answers, answerKey } from '../../scripts/pictures/take-answers.ts';
import { boards, panelsOf, type ReadPanel } from './read-boards.ts';

describe('formatValue', () => {
  it.each([
    [0, 's', '0 s'],
    [0.000_04, 's', '40 µs'],
    [0.0238, 's', '23.8 ms'],
    [61.2, 's', '61.2 s'],
    [600, 's', '10 min'],
    [10_800, 's', '3 h'],
    [1_536, 'bytes', '1.5 KiB'],
    [0.0125, 'percentunit', '1.25%'],
    [131_072, 'si:tok', '131 ktok'],
    [16.94, 'si:tok/s', '16.9 tok/s'],
    [0.25, 'reqps', '0.25 req/s'],
    [2, 'ops', '2 ops/s'],
    [1_250, 'short', '1.25k'],
    [1, 'bool_yes_no', 'Yes'],
    [0, 'bool_yes_no', 'No'],
    [-0.447, 'percentunit', '-44.7%'],
    [null, 's', '–'],
  ])('writes %p in %s as %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it('says how long ago a time was', () => {
    expect(formatValue(1_000, 'dateTimeFromNow', 181_000)).toBe('3 min ago');
  });

  it('knows every unit that a board uses', () => {
    const units = new Set(boards.flatMap(({ board }) => panelsOf(board).map((panel) => unitOf(panel))));
    const plain = [...units].filter((unit) => unit !== 'short' && formatValue(5, unit) === '5');
    expect(plain).toEqual([]);
  });
});

describe('places', () => {
  it.each(boards)('$board.title: no panel lies on another, and all are inside', ({ board }) => {
    const boxes = board.panels.map(({ gridPos }) => boxOf(gridPos));
    const height = heightOf(board.panels);
    const outside = boxes.filter(
      ({ left, top, ...box }) => left + box.width > WIDTH || top + box.height > height,
    );
    const pairs = boxes.flatMap((one, index) =>
      boxes.slice(index + 1).filter((other) => overlap(one, other)),
    );
    expect({ outside, pairs }).toEqual({ outside: [], pairs: [] });
  });
});

describe('lines', () => {
  const panel = panelOf({
    targets: [{ refId: 'A', expr: 'x', legendFormat: 'p95 {{pool}}', datasource: {} }],
  });
  const points = [[1, 3] as const, [2, null] as const];

  it('puts labels into names, and nothing for one that is absent', () => {
    expect(legendOf('p95 {{pool}} {{ rope }}', { pool: 'default' })).toBe('p95 default');
  });

  it('are sorted by their last number, without those that have none', () => {
    const answers: Answers = {
      [answerKey('board', 1, 'A')]: [
        { labels: { pool: 'low' }, points },
        { labels: { pool: 'high' }, points: [[1, 9]] },
        { labels: { pool: 'empty' }, points: [[1, null]] },
      ],
    };
    const lines = panelLines({ uid: 'board' }, panel, answers);
    expect(lines.map(({ name, last, max }) => [name, last, max])).toEqual([
      ['p95 high', 9, 9],
      ['p95 low', 3, 3],
    ]);
  });

  it('are stacked time by time, also where one began later', () => {
    expect(onTimes({ points: [[2, 5]] }, [1, 2])).toEqual([
      [1, 0],
      [2, 5],
    ]);
  });

  it('of a histogram are what fell between two bounds', () => {
    const buckets = [
      { labels: { le: '+Inf' }, points: [[1, 7] as const] },
      { labels: { le: '10' }, points: [[1, 4] as const] },
    ];
    expect(heatCells(buckets)).toEqual([
      { timeS: 1, bound: 10, value: 4 },
      { timeS: 1, bound: Infinity, value: 3 },
    ]);
  });
});

it('makes one row of a table of the answers with the same labels', () => {
  const target = { expr: 'x', legendFormat: '', datasource: {} };
  const panel = panelOf({
    targets: [
      { ...target, refId: 'A' },
      { ...target, refId: 'B' },
    ],
    transformations: [
      { id: 'organize', options: { renameByName: { 'Value #A': 'requests', 'Value #B': 'tokens' } } },
    ],
  });
  const line = { name: '', labels: { tenant: 'acme' }, points: [], max: null };
  const lines = [
    { ...line, refId: 'A', last: 2 },
    { ...line, refId: 'B', last: 30 },
  ];
  expect(tableOf(panel, lines)).toEqual({
    columns: ['tenant', 'requests', 'tokens'],
    rows: [['acme', 2, 30]],
  });
});

it.each(boards)(
  '$board.title: is a page with every title that says what drew it, even without data',
  ({ board }) => {
    const page = boardPage(board, { range: { startS: 0, endS: 60, stepS: 2 }, requests: 0, answers: {} });
    expect(page).toContain(DRAWN_BY);
    expect(page).not.toContain('<script');
    expect(page.match(/<h3>/g)).toHaveLength(panelsOf(board).length);
  },
);

it('sends more in a swell, and always something', () => {
  const requests = Array.from({ length: 300 }, (_, round) => requestsIn(round));
  expect([Math.min(...requests), Math.max(...requests)]).toEqual([1, 7]);
});

function panelOf(members: Partial<ReadPanel>): ReadPanel {
  return { id: 1, type: 'table', title: 'Panel', gridPos: { x: 0, y: 0, w: 24, h: 8 }, ...members };
}

function unitOf({ fieldConfig }: ReadPanel): string {
  return fieldConfig?.defaults.unit ?? 'short';
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}
