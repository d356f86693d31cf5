// What the boards ask for exists, and is asked in the way that gives right answers.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { LABELS, type LabelName, METRICS, type MetricDefinition } from '#telemetry';
import { ALLOWED, RECORDED } from '../../scripts/dashboards/recording-rules.ts';
import { VLLM, type VllmMetric } from '../../scripts/dashboards/vllm-metrics.ts';
import { boards, metricsIn, queries } from './read-boards.ts';

const definitions: readonly (MetricDefinition | VllmMetric)[] = [
  ...Object.values(METRICS),
  ...Object.values(VLLM),
];
const byName = new Map(definitions.flatMap((one) => namesOf(one).map((name) => [name, one] as const)));
/** Metrics that are on no panel, and why. */
const ON_NO_PANEL: Readonly<Record<string, string>> = {};
const TARGET_LABELS = ['namespace', 'pod', 'job', 'instance'];

describe('every query', () => {
  it.each(queries)('$name', ({ expr, legendFormat, panel }) => {
    const names = metricsIn(expr);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !byName.has(name) && !RECORDED.includes(name))).toEqual([]);
    expect(expr).toContain('namespace=~"$namespace"');
    expect(unknownMatchers(expr)).toEqual([]);
    expect(unscoped(expr)).toEqual([]);
    expect(labelsOfLegend(legendFormat).filter((label) => !groupedBy(expr).includes(label))).toEqual([]);
    if (panel.type !== 'table') expect(legendFormat).not.toBe('');
  });
});

it('goes over $__rate_interval in every rate, and over the time shown in every table', () => {
  const ranges = queries.flatMap(({ expr, instant }) =>
    [...expr.matchAll(/(rate|increase)\([^[]*\[([^\]]+)]/g)].map(([, call, range]) => ({
      call,
      range,
      instant,
    })),
  );
  expect(ranges.length).toBeGreaterThan(50);
  for (const { call, range, instant } of ranges)
    expect([call, range]).toEqual(instant === true ? ['increase', '$__range'] : ['rate', '$__rate_interval']);
});

it('takes quantiles over buckets summed by le, and no mean of means', () => {
  for (const { expr } of queries) {
    for (const [call] of expr.matchAll(/histogram_quantile\([\d.]+, .{0,40}/g))
      expect(call).toMatch(/^histogram_quantile\(0\.\d+, sum by \(le[,)]/);
    expect(expr).not.toMatch(/\bavg\b/);
    expect(expr.includes('_bucket{')).toBe(/\bby \(le\b/.test(expr) || expr.includes('le=~'));
  }
});

it('asks for counters by their rate alone', () => {
  for (const { name, expr } of queries) {
    const bare = expr.replaceAll(/(?:rate|increase)\([^[]*\[[^\]]+]\)/g, '');
    const counters = metricsIn(bare).filter((metric) => byName.get(metric)?.type === 'counter');
    expect([name, counters]).toEqual([name, []]);
  }
});

it('shows every metric on some panel, or says why not', () => {
  const asked = new Set(queries.flatMap(({ expr }) => metricsIn(expr)).map((name) => byName.get(name)?.name));
  const missing = Object.values(METRICS).filter(({ name }) => !asked.has(name) && !(name in ON_NO_PANEL));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(Object.keys(ON_NO_PANEL).filter((name) => asked.has(name))).toEqual([]);
});

it('asks for every metric of vLLM that is pinned', () => {
  const asked = new Set(queries.flatMap(({ expr }) => metricsIn(expr)).map((name) => byName.get(name)?.name));
  expect(Object.values(VLLM).filter(({ name }) => !asked.has(name))).toEqual([]);
});

it('keeps exemplars for first tokens, durations and overhead, and for nothing else', () => {
  const with_ = queries.filter(({ exemplar }) => exemplar === true).flatMap(({ expr }) => metricsIn(expr));
  expect([...new Set(with_)].toSorted()).toEqual([
    'ropeway_gateway_overhead_seconds_bucket',
    'ropeway_request_seconds_bucket',
    'ropeway_time_to_first_token_seconds_bucket',
  ]);
});

it('leaves cold starts out of first tokens, but for the panel about them', () => {
  const first = queries.filter(({ expr }) => expr.includes(METRICS.firstToken.name));
  expect(first.length).toBeGreaterThan(3);
  for (const { expr, name } of first)
    expect(expr).toContain(name.includes('woke') ? 'cold="true"' : 'cold="false"');
});

it('asks for shared names of our own processes only', () => {
  const shared = queries.filter(({ expr }) => /\b(process|nodejs)_/.test(expr));
  expect(shared.length).toBeGreaterThan(3);
  for (const { expr } of shared)
    expect(expr).toContain('and on (namespace, job, instance) ropeway_build_info{namespace=~"$namespace"}');
});

describe('variables', () => {
  it.each(boards)('$board.title: each exists, is used, and All matches what lacks the label', ({ board }) => {
    const [datasource, ...others] = board.templating.list;
    expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const text = JSON.stringify(board.panels);
    for (const { name, query, allValue, includeAll } of others) {
      expect([name, includeAll, allValue]).toEqual([name, true, '.*']);
      expect(text).toContain(`=~\\"$${name}\\"`);
      const [, metric = '', label = ''] = /^label_values\(([\w:]+)(?:\{[^}]*\})?, (\w+)\)$/.exec(query) ?? [];
      expect([...(byName.get(metric)?.labels ?? []), ...TARGET_LABELS]).toContain(label);
    }
  });

  it('used in a query is one of its board', () => {
    for (const { board } of boards) {
      const used = [...JSON.stringify(board.panels).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '');
      const builtIn = ['__rate_interval', '__range'];
      const known = [...board.templating.list.map(({ name }) => name), ...builtIn];
      expect(used.filter((name) => !known.includes(name))).toEqual([]);
    }
  });
});

const slo = readFileSync('helm/ropeway/rules/slo.yaml', 'utf8');
describe('objectives', () => {
  it('are shown by what is recorded', () => {
    const recorded = [...slo.matchAll(/record: *["']?([\w:]+)/g)].map(([, name]) => name);
    const asked = queries.flatMap(({ expr }) => metricsIn(expr)).filter((name) => name.includes('ropeway:'));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !recorded.includes(name))).toEqual([]);
  });

  it('burn against the same allowance as their budgets', () => {
    for (const [name, allowed] of Object.entries(ALLOWED)) expect(slo).toContain(`${name}30d / ${allowed}\n`);
  });
});

function namesOf({ name, type }: MetricDefinition | VllmMetric): readonly string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** Matchers of labels the metric does not have, or of values the label cannot hold. */
function unknownMatchers(expr: string): readonly string[] {
  return selectorsOf(expr).flatMap(({ labels, matchers }) =>
    matchers
      .filter(
        ({ label, value }) =>
          !(labels.includes(label) || TARGET_LABELS.includes(label) || label === 'le') ||
          value.split('|').some((one) => !mayHold(label, one)),
      )
      .map(({ label, value }) => `${label} ${value}`),
  );
}

/** Labels a variable of the board goes by, which a selector has and does not use. */
function unscoped(expr: string): readonly string[] {
  return selectorsOf(expr)
    .filter(({ labels }) => labels.includes('tenant') || labels.includes('model_name'))
    .filter(({ matchers }) => !matchers.some(({ value }) => /^\$(tenant|model)$/.test(value)))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('ropeway_tenant_'));
}

function selectorsOf(expr: string) {
  return [...expr.matchAll(/([a-z_][\w:]*)\{([^}]*)\}/g)].map(([, name = '', inside = '']) => ({
    name,
    labels: byName.get(name)?.labels ?? ['prompt_length'],
    matchers: [...inside.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(([, label = '', value = '']) => ({
      label,
      value,
    })),
  }));
}

/** Where the list of a label's values is closed, a value must be of it; variables and patterns are let through. */
function mayHold(label: string, value: string): boolean {
  if (!isOurs(label) || value.startsWith('$') || value.endsWith('.*')) return true;
  const { bound, values } = LABELS[label];
  const isClosed = /^\d/.test(bound) && values.includes('`');
  return !isClosed || values.includes(`\`${value}\``);
}

function isOurs(label: string): label is LabelName {
  return label in LABELS;
}

function labelsOfLegend(legend: string): readonly string[] {
  return [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
}

function groupedBy(expr: string): readonly string[] {
  return [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels?.split(', ') ?? []);
}
