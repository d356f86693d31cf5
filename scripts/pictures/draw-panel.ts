// One panel as HTML: its title, what it holds, and its legend, in the box that the board's grid gives it.
import type { ReadPanel } from '../../test/dashboards/read-boards.ts';
import { drawHeatmap, drawLines, drawSparkline } from './draw-chart.ts';
import { escapeHtml } from './escape-html.ts';
import { formatValue } from './format-value.ts';
import type { PanelLine } from './panel-lines.ts';
import { type Box, boxOf } from './places.ts';
import { tableOf } from './table-rows.ts';
import { COLORS, lineColor } from './theme.ts';

const TITLE = 30;
const LEGEND_LINE = 17;
const LEGEND_MOST = 4;
const TABLE_LINE = 25;
/** Below, a legend's figures get less room, so that its names have some. */
const NARROW = 300;

export function drawPanel(panel: ReadPanel, lines: readonly PanelLine[], nowMs: number): string {
  const box = boxOf(panel.gridPos);
  const title = escapeHtml(panel.title);
  if (panel.type === 'row') return `<h2 style="${placed(box)}">${title}</h2>`;
  const { background, content } = contentOf(panel, lines, box, nowMs);
  return `<section class="${panel.type}" style="${placed(box)}${background}"><h3>${title}</h3>${content}</section>`;
}

interface Content {
  readonly content: string;
  /** Style of the whole panel. */
  readonly background: string;
}

function contentOf(panel: ReadPanel, lines: readonly PanelLine[], box: Box, nowMs: number): Content {
  if (panel.type === 'stat') return drawStat(panel, lines[0], box);
  const background = '';
  if (lines.length === 0) return { content: '<div class="none">No data</div>', background };
  const width = box.width - 2;
  switch (panel.type) {
    case 'heatmap':
      return { content: drawHeatmap(panel, lines, { width, height: box.height - TITLE - 6 }), background };
    case 'table':
      return { content: drawTable(panel, lines, box, nowMs), background };
    case 'timeseries': {
      const shown = Math.min(lines.length, LEGEND_MOST);
      const height = box.height - TITLE - 8 - (shown + 1) * LEGEND_LINE;
      const chart = drawLines(panel, lines, { width, height });
      return { content: chart + drawLegend(panel, lines, { box, nowMs }), background };
    }
    default:
      throw new RangeError(`no picture of a panel of type ${panel.type}: ${panel.title}`);
  }
}

function drawStat({ fieldConfig, options }: ReadPanel, line: PanelLine | undefined, box: Box): Content {
  const { unit, noValue = 'No data', thresholds } = fieldConfig?.defaults ?? {};
  const last = line?.last ?? null;
  const state =
    options?.colorMode === 'background' && last !== null ? stateAt(last, thresholds?.steps) : null;
  const text = last === null ? noValue : formatValue(last, unit);
  const spark =
    line === undefined
      ? ''
      : drawSparkline(line, state === null ? '#5794f2' : '#ffffff', { width: box.width - 2, height: 34 });
  return {
    content: `<div class="figure">${escapeHtml(text)}</div><div class="spark">${spark}</div>`,
    background: state === null ? '' : `background:${state};border-color:${state};`,
  };
}

function stateAt(
  value: number,
  steps: readonly { value: number | null; color: string }[] = [],
): string | null {
  const step = steps.filter((each) => each.value === null || value >= each.value).at(-1);
  return step === undefined ? null : (COLORS.states[step.color] ?? step.color);
}

function drawLegend(
  { fieldConfig }: ReadPanel,
  lines: readonly PanelLine[],
  { box, nowMs }: { readonly box: Box; readonly nowMs: number },
): string {
  const unit = fieldConfig?.defaults.unit;
  const hasMore = lines.length > LEGEND_MOST;
  const rows = lines
    .slice(0, hasMore ? LEGEND_MOST - 1 : LEGEND_MOST)
    .map(
      ({ name, last, max }, index) =>
        `<tr><td><i style="background:${lineColor(index)}"></i>${escapeHtml(name === '' ? 'Value' : name)}</td>` +
        `<td>${formatValue(last, unit, nowMs)}</td><td>${formatValue(max, unit, nowMs)}</td></tr>`,
    );
  const more = hasMore
    ? `<tr><td class="dim">and ${lines.length - LEGEND_MOST + 1} more</td><td></td><td></td></tr>`
    : '';
  return `<table class="legend${box.width < NARROW ? ' narrow' : ''}"><tr><th>Name</th><th>Last</th><th>Max</th></tr>${rows.join('')}${more}</table>`;
}

function drawTable(panel: ReadPanel, lines: readonly PanelLine[], box: Box, nowMs: number): string {
  const unit = panel.fieldConfig?.defaults.unit;
  const { columns, rows } = tableOf(panel, lines);
  const room = Math.floor((box.height - TITLE - TABLE_LINE) / TABLE_LINE);
  const cell = (value: string | number | null) =>
    `<td>${escapeHtml(typeof value === 'string' ? value : formatValue(value, unit, nowMs))}</td>`;
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('');
  const body = rows.slice(0, room).map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  return `<table class="rows"><tr>${head}</tr>${body.join('')}</table>`;
}

function placed({ left, top, width, height }: Box): string {
  return `left:${left}px;top:${top}px;width:${width}px;height:${height}px;`;
}
