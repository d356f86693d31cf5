// A board as a page that needs no script: what the browser then takes a picture of.
import type { ReadBoard } from '../../test/dashboards/read-boards.ts';
import { drawPanel } from './draw-panel.ts';
import { escapeHtml } from './escape-html.ts';
import { panelLines } from './panel-lines.ts';
import { HEADER, WIDTH } from './places.ts';
import type { Taken } from './take-answers.ts';
import { COLORS } from './theme.ts';

/** Said in the picture itself, as pictures travel without their page. */
export const DRAWN_BY =
  'Drawn by npm run pictures (Apache ECharts), not by Grafana: from the board’s JSON and a real Prometheus';

export function boardPage(board: ReadBoard, { range, answers }: Taken): string {
  const panels = board.panels.map((panel) =>
    drawPanel(panel, panelLines(board, panel, answers), range.endS * 1_000),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>${STYLE}</style></head><body>
<header><b>${escapeHtml(board.title)}</b><span>${escapeHtml(board.description)}</span><em>${DRAWN_BY}, on the standalone fleet with simulated workers</em></header>
${panels.join('\n')}
</body></html>`;
}

const STYLE = `
* { box-sizing: border-box; }
body { margin: 0; width: ${WIDTH}px; background: ${COLORS.page}; color: ${COLORS.text}; font: 12px/1.3 "DejaVu Sans", sans-serif; }
header { position: absolute; left: 14px; right: 14px; top: 0; height: ${HEADER}px; padding-top: 9px; }
header b { font-size: 17px; margin-right: 14px; }
header span { color: ${COLORS.dim}; }
header em { display: block; margin-top: 6px; color: ${COLORS.dim}; font-style: normal; font-size: 11px; }
h2 { position: absolute; margin: 0; padding-top: 4px; font-size: 14px; font-weight: 600; }
h2::before { content: "▾ "; color: ${COLORS.dim}; }
section { position: absolute; overflow: hidden; background: ${COLORS.panel}; border: 1px solid ${COLORS.border}; border-radius: 3px; }
h3 { margin: 0; height: 28px; padding: 7px 10px 0; font-size: 12px; font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
svg { display: block; }
section.stat h3 { height: auto; white-space: normal; line-height: 14px; }
.figure { padding: 0 10px; font-size: 27px; font-weight: 600; line-height: 34px; }
.spark { position: absolute; left: 0; bottom: 0; }
.none { position: absolute; inset: 40% 0 auto; text-align: center; color: ${COLORS.dim}; }
.dim { color: ${COLORS.dim}; }
.legend { width: calc(100% - 20px); margin: 2px 10px; border-spacing: 0; table-layout: fixed; font-size: 11px; }
.legend td, .legend th { height: 17px; padding: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; text-align: right; }
.legend th { color: #6e9fff; font-weight: 400; }
.legend td:first-child, .legend th:first-child { text-align: left; }
.legend td:not(:first-child), .legend th:not(:first-child) { width: 84px; }
.legend.narrow td:not(:first-child), .legend.narrow th:not(:first-child) { width: 58px; }
.legend i { display: inline-block; width: 12px; height: 4px; border-radius: 2px; margin: 0 7px 2px 0; }
.rows { width: calc(100% - 2px); border-spacing: 0; }
.rows td, .rows th { height: 25px; padding: 0 10px; text-align: left; border-bottom: 1px solid ${COLORS.border}; white-space: nowrap; }
.rows th { color: #6e9fff; font-weight: 400; }
`;
