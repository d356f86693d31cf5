// What the board "Pools and scaling" asks in its rows about waking and the scaler.
import { type BoardQuery, boardQueries } from '../../dashboards/ask-boards.ts';
import { boards, type ReadBoard, type ReadPanel } from '../../dashboards/read-boards.ts';

const BOARD = 'ropeway-pools';
const ROWS: readonly string[] = ['Waking', 'The scaler, and KEDA'];

const panels = boards.filter(({ board }) => board.uid === BOARD).flatMap(({ board }) => panelsOfRows(board));

export const scalingQueries: readonly BoardQuery[] = boardQueries.filter(({ panel }) =>
  panels.includes(panel),
);

function panelsOfRows(board: ReadBoard): readonly ReadPanel[] {
  const shown: ReadPanel[] = [];
  let row = '';
  for (const panel of board.panels) {
    if (panel.type === 'row') row = panel.title;
    else if (ROWS.includes(row)) shown.push(panel);
  }
  return shown;
}
