// What pages tell to ask Prometheus is there to be asked: metrics, and the labels they are asked by. That Prometheus takes the
// queries of an alert's page: test/rules/runbooks.spec.ts.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { METRICS } from '#telemetry';
import { VLLM } from '../../scripts/dashboards/vllm-metrics.ts';

const root = join(import.meta.dirname, '..', '..');
/** What Prometheus itself or Kubernetes puts on a series. */
const OF_THE_TARGET = ['namespace', 'pod', 'job', 'instance', 'le'];
const METRIC = /\b(?:ropeway|vllm|nodejs|process)[:_][\w:]+|\bup\b/g;

const labels = new Map<string, readonly string[]>(
  [...Object.values(METRICS), ...Object.values(VLLM)].flatMap((one) =>
    ['', '_bucket', '_sum', '_count'].map((end) => [`${one.name}${end}`, one.labels] as const),
  ),
).set('up', []);

const queries = globSync('docs/**/*.md', { cwd: root })
  .toSorted()
  .flatMap((page) => queriesOf(readFileSync(join(root, page), 'utf8')).map((query) => ({ page, query })));

it('there are queries to look at', () => {
  expect(queries.length).toBeGreaterThan(80);
});

it.each(queries)('$page asks by labels that are there: $query', ({ query }) => {
  const asked = query.match(METRIC) ?? [];
  expect(asked.filter((name) => !labels.has(name))).toEqual([]);
  for (const [, metric = '', matchers = ''] of query.matchAll(/([\w:]+)\{([^}]*)\}/g))
    expect([metric, unknown(namesIn(matchers), [metric])]).toEqual([metric, []]);
  for (const [, group = ''] of query.matchAll(/\bby \(([^)]*)\)/g))
    expect(unknown(group.split(/, */), asked)).toEqual([]);
});

function unknown(names: readonly string[], metrics: readonly string[]): readonly string[] {
  const known = new Set([...OF_THE_TARGET, ...metrics.flatMap((metric) => labels.get(metric) ?? [])]);
  return names.filter((name) => !known.has(name));
}

function namesIn(matchers: string): readonly string[] {
  return [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, name = '']) => name);
}

/** Blocks of PromQL, queries of a trigger, and what the text quotes with a matcher or a range. */
function queriesOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```promql\n([\s\S]+?)^```/gm)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );
  const triggers = [...text.matchAll(/^ *query: (.+)$/gm)].map(([, query = '']) => query);
  const quoted = [
    ...text
      .replaceAll(/^```[\s\S]+?^```/gm, '')
      .matchAll(/`([^`\n]*\bropeway_\w+(?:\{[^`\n]*="|[^`\n]*\[)[^`\n]*)`/g),
  ].map(([, query = '']) => query);
  return [...blocks, ...triggers, ...quoted];
}
