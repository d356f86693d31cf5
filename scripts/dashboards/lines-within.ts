// The panels most rows are made of: one metric, described as it is defined, within what the board chooses. A metric is named
// once, so that a panel cannot show one and explain another.
import { type About, type Line, line, lines, type Panel } from './panel.ts';
import type { Definition, LabelOf, Series, seriesWithin, TargetLabel } from './series.ts';
import type { Unit } from './units.ts';
import { max, now, quantile, rate, sum } from './vectors.ts';

/** A panel's title, unit and bounds; `about` is what it shows, too. */
interface DrawnOf<Of> extends Pick<Panel, 'title' | 'bounds' | 'isStacked' | 'width'> {
  readonly unit: Unit;
  readonly about: Of & About;
}
type Grouping<Of extends Definition> = readonly (LabelOf<Of> | TargetLabel)[];

/** `chosen`: the series of the board. */
export function linesWithin(chosen: ReturnType<typeof seriesWithin>) {
  return {
    /** Of a counter: how many a second, added up. */
    rateLines: <const Of extends Definition<'counter'>>(drawn: DrawnOf<Of>, ...by: Grouping<Of>): Panel =>
      lines(drawn, line(sum(rate(chosen<Of>(drawn.about)), ...by))),

    /** Of a gauge: the most of those that say it. */
    maxLines: <const Of extends Definition<'gauge'>>(drawn: DrawnOf<Of>, ...by: Grouping<Of>): Panel =>
      lines(drawn, line(max(now(chosen<Of>(drawn.about)), ...by))),

    /** Of a histogram: what half of them stay within, and all but one of twenty. */
    halfAndMostLines: <const Of extends Definition<'histogram'>>(
      drawn: DrawnOf<Of>,
      ...by: Grouping<Of>
    ): Panel => lines(drawn, ...halfAndMost(chosen<Of>(drawn.about), ...by)),
  };
}

/** For a histogram whose words stand with the panel, as of vLLM's. */
export function halfAndMost<Label extends string>(
  series: Series<'histogram', Label>,
  ...by: readonly Label[]
): readonly Line[] {
  return [line(quantile(0.5, series, ...by), 'p50'), line(quantile(0.95, series, ...by), 'p95')];
}
