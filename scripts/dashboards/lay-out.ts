// Places panels on Grafana's grid of 24 columns: a header for each row, then its lines, each as high as its highest panel.
import type { Row } from './board.ts';
import type { Panel } from './panel.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
interface PlacedRow {
  readonly title: string;
  readonly place: Place;
  readonly panels: readonly { readonly panel: Panel; readonly place: Place }[];
}

const COLUMNS = 24;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = { lines: 8, figure: 4, table: 9, heat: 8 };

export function layOut(rows: readonly Row[]): readonly PlacedRow[] {
  let y = 0;
  return rows.map(({ title, lines }) => {
    const place = { x: 0, y, w: COLUMNS, h: 1 };
    y += 1;
    const panels = lines.flatMap((panels) => {
      const placed = placeLine(panels, y);
      y += Math.max(...placed.map(({ place }) => place.h));
      return placed;
    });
    return { title, place, panels };
  });
}

function placeLine(panels: readonly Panel[], y: number): PlacedRow['panels'] {
  const taken = panels.reduce((sum, { width = 0 }) => sum + width, 0);
  const even = Math.floor((COLUMNS - taken) / panels.filter(({ width }) => width === undefined).length);
  let x = 0;
  return panels.map((panel) => {
    const place = { x, y, w: panel.width ?? even, h: HEIGHTS[panel.kind] };
    x += place.w;
    return { panel, place };
  });
}
