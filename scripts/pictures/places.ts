// Where a panel stands in the picture: Grafana's grid of 24 columns, in pixels.
import type { ReadPanel } from '../../test/dashboards/read-boards.ts';

export const WIDTH = 1_440;
const COLUMNS = 24;
const ROW = 30;
const GAP = 8;
const MARGIN = 12;
export const HEADER = 66;

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function boxOf({ x, y, w, h }: ReadPanel['gridPos']): Box {
  const column = (WIDTH - 2 * MARGIN + GAP) / COLUMNS;
  return {
    left: Math.round(MARGIN + x * column),
    top: HEADER + y * ROW,
    width: Math.round(w * column - GAP),
    height: h * ROW - GAP,
  };
}

/** Down to its lowest panel. */
export function heightOf(panels: readonly Pick<ReadPanel, 'gridPos'>[]): number {
  return Math.max(...panels.map(({ gridPos }) => HEADER + (gridPos.y + gridPos.h) * ROW)) + GAP;
}

/** The panels of so many rows, their headers too. */
export function firstRows(panels: readonly ReadPanel[], count: number): readonly ReadPanel[] {
  const next = panels.filter(({ type }) => type === 'row')[count];
  return next === undefined ? panels : panels.filter(({ gridPos }) => gridPos.y < next.gridPos.y);
}
