// What the board "Pools and scaling" asks in its rows about waking and the scaler.
import type { ReadBoard, ReadFile, ReadPanel } from '../../dashboards/read-boards.ts';

const BOARD = 'ropeway-pools';
const ROWS: readonly string[] = ['Waking', 'The scaler, and KEDA'];

export interface ScalingQuery {
  /** `panel (query)`. */
  readonly name: string;
  readonly expression: string;
  readonly board: ReadBoard;
}

export function scalingQueries(files: readonly Pick<ReadFile, 'board'>[]): readonly ScalingQuery[] {
  return files
    .filter(({ board }) => board.uid === BOARD)
    .flatMap(({ board }) =>
      panelsOfRows(board).flatMap(({ title, targets = [] }) =>
        targets.map(({ refId, expr }) => ({ name: `${title} (${refId})`, expression: expr, board })),
      ),
    );
}

function panelsOfRows({ panels }: ReadBoard): readonly ReadPanel[] {
  const shown: ReadPanel[] = [];
  let row = '';
  for (const panel of panels) {
    if (panel.type === 'row') row = panel.title;
    else if (ROWS.includes(row)) shown.push(panel);
  }
  return shown;
}
