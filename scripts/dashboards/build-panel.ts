// A panel of ours as Grafana's, by the builders of its SDK: their types are what holds the JSON.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel as GrafanaPanel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Place } from './lay-out.ts';
import type { About, Bounds, Line, Panel } from './panel.ts';
import { UNITS } from './units.ts';

/** Chosen on the board; never a data source by name. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

type AnyBuilder = HeatmapBuilder | StatBuilder | TableBuilder | TimeSeriesBuilder;

export function buildPanel(panel: Panel, id: number, place: Place): Builder<GrafanaPanel> {
  const builder = BUILDERS[panel.kind](panel)
    .id(id)
    .title(panel.title)
    .description(describe(panel.about))
    .datasource(DATASOURCE)
    .gridPos(place)
    .unit(UNITS[panel.unit]);
  for (const [index, line] of panel.lines.entries()) builder.withTarget(queryOf(panel, line, index));
  return builder;
}

/** As in docs/metrics.md: what it is, and what an operator does. */
function describe({ help, whenWrong }: About): string {
  return `${help}\n\n**When it looks wrong:** ${whenWrong}`;
}

const BUILDERS: Readonly<Record<Panel['kind'], (panel: Panel) => AnyBuilder>> = {
  lines: timeSeries,
  figure: stat,
  table: tableOf,
  heat: () => new HeatmapBuilder().calculate(false),
};

/** All queries in one table, without the time of their answers; Grafana calls their values `Value #A` and so on. */
function tableOf({ lines, title }: Panel): TableBuilder {
  const names = lines.map(({ word }, index) => [`Value #${refId(index)}`, word]);
  const renameByName = lines.length === 1 ? { Value: title } : Object.fromEntries(names);
  return new TableBuilder()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: { excludeByName: { Time: true }, renameByName } });
}

function timeSeries({ bounds, isStacked = false, unit }: Panel): TimeSeriesBuilder {
  const builder = new TimeSeriesBuilder()
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0)
    .legend(LEGEND)
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (isStacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (unit === 'yesOrNo') builder.lineInterpolation(common.LineInterpolation.StepAfter).max(1);
  if (bounds !== undefined)
    builder
      .thresholds(thresholds(bounds))
      .thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
  return builder;
}

const LEGEND = new common.VizLegendOptionsBuilder()
  .displayMode(common.LegendDisplayMode.Table)
  .placement(common.LegendPlacement.Bottom)
  .showLegend(true)
  .calcs(['lastNotNull', 'max'])
  .sortBy('Last *')
  .sortDesc(true);

function stat({ bounds }: Panel): StatBuilder {
  const builder = new StatBuilder()
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .noValue('none');
  return bounds === undefined
    ? builder.colorMode(common.BigValueColorMode.None)
    : builder.colorMode(common.BigValueColorMode.Background).thresholds(thresholds(bounds));
}

function thresholds({ base, steps }: Bounds): ThresholdsConfigBuilder {
  const all = [{ value: null, color: base }, ...steps.map(({ at, color }) => ({ value: at, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}

function queryOf({ kind }: Panel, { vector, legend }: Line, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .refId(refId(index))
    .datasource(DATASOURCE)
    .expr(vector.promql)
    .legendFormat(legend);
  if (kind === 'table') return query.instant().format(PromQueryFormat.Table);
  if (kind === 'heat') return query.range().format(PromQueryFormat.Heatmap);
  return vector.hasExemplars === true && kind === 'lines' ? query.range().exemplar(true) : query.range();
}

/** A, B, C ... */
function refId(index: number): string {
  return String.fromCharCode(65 + index);
}
