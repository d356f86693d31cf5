// Lines, sparklines and heatmaps as SVG, by Apache ECharts, which needs no browser for it.
import * as echarts from 'echarts';
import type { ReadPanel } from '../../test/dashboards/read-boards.ts';
import { formatValue } from './format-value.ts';
import type { PanelLine } from './panel-lines.ts';
import { COLORS, lineColor } from './theme.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}
type Option = Parameters<ReturnType<typeof echarts.init>['setOption']>[0];

const AXIS = { axisLabel: { color: COLORS.dim, fontSize: 11 }, axisTick: { show: false } };
const GRID_LINE = { lineStyle: { color: COLORS.grid } };
/** Room for half a time at the right. */
const GRID = { left: 8, right: 28, top: 10, bottom: 4, containLabel: true };
const NARROWEST_TIME = 110;
const LOWEST_TICK = 40;

export function drawLines({ fieldConfig }: ReadPanel, lines: readonly PanelLine[], size: Size): string {
  const { unit, custom, thresholds, max } = fieldConfig?.defaults ?? {};
  const isStacked = custom?.stacking?.mode === 'normal';
  const isStep = custom?.lineInterpolation === 'stepAfter';
  // Grafana draws bounds, but does not make room for them.
  const bounds = custom?.thresholdsStyle?.mode === 'dashed' ? (thresholds?.steps ?? []) : [];
  const marks = bounds.flatMap(({ value, color }) =>
    value === null ? [] : [{ yAxis: value, lineStyle: { color: COLORS.states[color] ?? color } }],
  );
  const times = timesOf(lines);
  const series = lines.map((line, index) => ({
    type: 'line' as const,
    name: `${index} ${line.name}`,
    data: (isStacked ? onTimes(line, times) : line.points).map(([timeS, value]) => [timeS * 1_000, value]),
    showSymbol: false,
    lineStyle: { width: 1.3, color: lineColor(index) },
    areaStyle: { color: lineColor(index), opacity: (custom?.fillOpacity ?? 0) / 100 },
    ...(isStacked ? { stack: 'all' } : {}),
    ...(isStep ? { step: 'end' as const } : {}),
    ...(index === 0
      ? {
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { type: 'dashed' as const },
            data: marks,
          },
        }
      : {}),
  }));
  return draw(size, {
    animation: false,
    grid: GRID,
    xAxis: timeAxis(size),
    yAxis: {
      type: 'value',
      ...AXIS,
      min: ({ min }: { min: number }) => Math.min(0, min),
      ...(max === undefined ? (flatTop(lines) ?? {}) : { max }),
      splitNumber: Math.max(2, Math.floor(size.height / LOWEST_TICK)),
      ...(unit === 'bool_yes_no' ? { max: 1, interval: 1 } : {}),
      splitLine: GRID_LINE,
      axisLabel: { ...AXIS.axisLabel, formatter: (value: number) => formatValue(value, unit) },
    },
    series,
  });
}

/** The way to a figure, behind it. */
export function drawSparkline(line: PanelLine, color: string, size: Size): string {
  return draw(size, {
    animation: false,
    grid: { left: 0, right: 0, top: 4, bottom: 0 },
    xAxis: { type: 'time', show: false },
    yAxis: { type: 'value', show: false, min: ({ min }: { min: number }) => Math.min(0, min) },
    series: [
      {
        type: 'line',
        data: line.points.map(([timeS, value]) => [timeS * 1_000, value]),
        showSymbol: false,
        lineStyle: { width: 1, color },
        areaStyle: { color, opacity: 0.25 },
      },
    ],
  });
}

/** How much fell between each bound and the one below it: the darker, the more. */
export function drawHeatmap({ fieldConfig }: ReadPanel, buckets: readonly PanelLine[], size: Size): string {
  const unit = fieldConfig?.defaults.unit;
  const cells = heatCells(buckets);
  const times = [...new Set(cells.map(({ timeS }) => timeS))].toSorted((one, other) => one - other);
  const bounds = [...new Set(cells.map(({ bound }) => bound))].toSorted((one, other) => one - other);
  const data = cells
    .filter(({ value }) => value > 0)
    .map(({ timeS, bound, value }) => [times.indexOf(timeS), bounds.indexOf(bound), Math.sqrt(value)]);
  return draw(size, {
    animation: false,
    grid: GRID,
    xAxis: {
      type: 'category',
      ...AXIS,
      data: times.map(clock),
      axisLabel: {
        ...AXIS.axisLabel,
        interval: Math.max(1, Math.floor((times.length * NARROWEST_TIME) / size.width)),
      },
    },
    yAxis: {
      type: 'category',
      ...AXIS,
      data: bounds.map((bound) => (Number.isFinite(bound) ? formatValue(bound, unit) : 'more')),
    },
    visualMap: {
      show: false,
      dimension: 2,
      min: 0,
      max: Math.max(...data.map(([, , value = 0]) => value), 0.001),
      inRange: { color: ['#3a2413', '#8a4a12', '#e0752d', '#ffb357', '#fff0c2'] },
    },
    series: [{ type: 'heatmap', data }],
  });
}

interface HeatCell {
  readonly timeS: number;
  /** The bucket's upper bound. */
  readonly bound: number;
  readonly value: number;
}

/** Buckets of Prometheus hold all below their bound: what is in the one below is taken off. */
export function heatCells(buckets: readonly Pick<PanelLine, 'labels' | 'points'>[]): readonly HeatCell[] {
  const sorted = buckets
    .map(({ labels, points }) => ({ bound: labels.le === '+Inf' ? Infinity : Number(labels.le), points }))
    .toSorted((one, other) => one.bound - other.bound);
  return sorted.flatMap(({ bound, points }, index) => {
    const below = new Map(sorted[index - 1]?.points ?? []);
    return points.map(([timeS, value]) => ({
      timeS,
      bound,
      value: Math.max(0, (value ?? 0) - (below.get(timeS) ?? 0)),
    }));
  });
}

function timesOf(lines: readonly PanelLine[]): readonly number[] {
  const times = new Set(lines.flatMap(({ points }) => points.map(([timeS]) => timeS)));
  return [...times].toSorted((one, other) => one - other);
}

/** Stacked are the nth points of all lines: so each line needs a point at each time, also before it began. */
export function onTimes(
  { points }: Pick<PanelLine, 'points'>,
  times: readonly number[],
): PanelLine['points'] {
  const values = new Map(points);
  return times.map((timeS) => [timeS, values.get(timeS) ?? 0] as const);
}

/** Nothing but zeros would get an axis of made-up figures. */
function flatTop(lines: readonly PanelLine[]): { readonly max: number; readonly interval: number } | null {
  return lines.every(({ max }) => (max ?? 0) === 0) ? { max: 1, interval: 0.5 } : null;
}

function timeAxis({ width }: Size) {
  return {
    type: 'time' as const,
    ...AXIS,
    axisLine: { lineStyle: { color: COLORS.grid } },
    splitLine: { show: true, ...GRID_LINE },
    splitNumber: Math.max(2, Math.floor(width / NARROWEST_TIME)),
    axisLabel: { ...AXIS.axisLabel, hideOverlap: true, formatter: (timeMs: number) => clock(timeMs / 1_000) },
  };
}

function clock(timeS: number): string {
  return new Date(timeS * 1_000).toISOString().slice(11, 19);
}

function draw(size: Size, option: Option): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
