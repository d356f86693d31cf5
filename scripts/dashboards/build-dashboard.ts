// A board of ours as Grafana's dashboard (schema version 42), and as the text of its file.
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TimePickerBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '#telemetry';
import type { Board } from './board.ts';
import { buildPanel, DATASOURCE } from './build-panel.ts';
import { layOut } from './lay-out.ts';

/** Every board has it: the links between them go by it. */
const TAG = 'ropeway';

function buildDashboard(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.answers)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timepicker(new TimePickerBuilder().refreshIntervals(['10s', '30s', '1m', '5m', '15m', '1h']))
    .variables([datasource(), namespace(), ...board.variables.map(variable)])
    .annotations([starts()])
    .links([otherBoards()]);
  addPanels(builder, board);
  return builder.build();
}

/** One line an item, so that a change of one panel is a change of its lines. */
export function dashboardText(board: Board): string {
  return `${JSON.stringify(buildDashboard(board), null, 1)}\n`;
}

function addPanels(builder: DashboardBuilder, { rows }: Board): void {
  let id = 0;
  for (const { title, place, panels } of layOut(rows)) {
    id += 1;
    builder.withRow(new RowBuilder(title).id(id).gridPos(place));
    for (const { panel, place } of panels) {
      id += 1;
      builder.withPanel(buildPanel(panel, id, place));
    }
  }
}

function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

function namespace(): QueryVariableBuilder {
  return choice('namespace', 'Namespace', METRICS.buildInfo.name, 'namespace');
}

function variable({ name, metric, label }: Board['variables'][number]): QueryVariableBuilder {
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  return choice(name, title, `${metric}{namespace=~"$namespace"}`, label);
}

/** All is `.*`, not the list of values: it matches series without the label, too, as outside Kubernetes. */
function choice(name: string, title: string, series: string, label: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return new QueryVariableBuilder(name)
    .label(title)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

/** When each of our processes started, and as which version: a rollout is a row of them, one alone a restart. */
function starts(): AnnotationQueryBuilder {
  const { startTime, buildInfo } = METRICS;
  const own = `${buildInfo.name}{namespace=~"$namespace"}`;
  return new AnnotationQueryBuilder()
    .name('Starts and rollouts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('blue')
    .expr(
      `${startTime.name}{namespace=~"$namespace"} * on (namespace, job, instance) group_left (version) ${own} * 1000`,
    )
    .useValueForTime(true)
    .step('60s')
    .titleFormat('{{job}} {{version}} started')
    .textFormat('{{pod}} {{instance}}');
}

function otherBoards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Ropeway')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}
