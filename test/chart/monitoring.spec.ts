// What Prometheus scrapes is there, and the rules are those of the files (test/rules has what they do).
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { METRICS } from '#telemetry';
import { chart, objectsOf } from './chart.ts';
import { fields, list, named, ofKind, podLabels, selects, text, workloads } from './kube-object.ts';
import { MODEL, renderings } from './renderings.ts';

/** Of vLLM, pinned (docs/metrics.md names none of them). */
const VLLM_METRICS = ['vllm:kv_cache_usage_perc'];
const known = new Set<string>([
  ...Object.values(METRICS).flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
  ...VLLM_METRICS,
]);
const metricsIn = (expression: string) => expression.match(/(?:ropeway_|vllm:)\w+/g) ?? [];

describe.each(renderings)('$name', ({ rendering }) => {
  it('has monitors that select what is there, by ports that are there', () => {
    const objects = objectsOf(rendering);
    for (const monitor of ofKind(objects, 'ServiceMonitor')) {
      const selector = fields(monitor, 'spec.selector.matchLabels');
      const behind = ofKind(objects, 'Service').filter(({ metadata }) =>
        selects(selector, metadata.labels ?? {}),
      );
      expect(behind.map(({ metadata }) => metadata.name)).toHaveLength(1);
      for (const endpoint of list(monitor, 'spec.endpoints'))
        expect(list(behind[0], 'spec.ports').map((port) => text(port, 'name'))).toContain(
          text(endpoint, 'port'),
        );
    }
    for (const monitor of ofKind(objects, 'PodMonitor')) {
      const selector = fields(monitor, 'spec.selector.matchLabels');
      const pods = workloads(objects).filter((one) => selects(selector, podLabels(one)));
      expect(pods.length).toBeGreaterThan(0);
      for (const pod of pods)
        expect(
          list(pod, 'spec.template.spec.containers.0.ports').map((port) => text(port, 'name')),
        ).toContain('http');
    }
  });

  it('asks Prometheus for metrics that exist', () => {
    const queries = ofKind(objectsOf(rendering), 'ScaledObject').flatMap((scaled) =>
      list(scaled, 'spec.triggers').map((trigger) => text(trigger, 'metadata.query')),
    );
    for (const name of queries.flatMap(metricsIn)) expect(known).toContain(name);
  });
});

describe('rules', () => {
  const files = globSync('rules/*.yaml', { cwd: chart }).toSorted();
  const inFiles = files.flatMap((file) => list(parse(readFileSync(join(chart, file), 'utf8')), 'groups'));
  const rulesOf = (groups: readonly unknown[]) => groups.flatMap((group) => list(group, 'rules'));
  const rendered = (prometheusRule: object) =>
    ofKind(objectsOf({ values: { model: MODEL, monitoring: { prometheusRule } } }), 'PrometheusRule').flatMap(
      (object) => list(object, 'spec.groups'),
    );

  it('come out of their files unchanged: their templates are Prometheus\u2019, not Helm\u2019s', () => {
    expect(rulesOf(inFiles).length).toBeGreaterThan(50);
    expect(JSON.stringify(inFiles)).toContain('{{ $labels.pool }}');
    expect(rendered({})).toEqual(inFiles);
  });

  it.each(['https://git.example/ropeway/blob/main', 'https://git.example/ropeway/blob/main/'])(
    'name their runbooks under %s',
    (runbookBaseUrl) => {
      const alerts = rulesOf(rendered({ runbookBaseUrl })).filter((rule) => 'alert' in fields(rule));
      expect(alerts.length).toBeGreaterThan(20);
      for (const alert of alerts)
        expect(text(alert, 'annotations.runbook_url')).toMatch(
          /^https:\/\/git\.example\/ropeway\/blob\/main\/docs\/runbooks\/[a-z-]+\.md$/,
        );
    },
  );

  it('leave out the alerts that are not wanted, and what they read stays', () => {
    const without = [
      'RopewayLogLinesDropped',
      'RopewayFirstTokenBurns',
      'RopewayScalerBlind',
      'RopewayScalerUnreachable',
    ];
    const left = rulesOf(rendered({ without }));
    expect(left).toEqual(rulesOf(inFiles).filter((rule) => !without.includes(String(fields(rule).alert))));
    expect(JSON.stringify(left)).toContain('ropeway:first_token_budget_left:ratio30d');
  });
});

it('lets RopewayActivationFailed tell of a pool before it stops being asked for', () => {
  const weights = { source: 'pvc', pvc: { claimName: 'weights' } };
  const objects = objectsOf({ values: { model: MODEL, workers: { weights } } });
  const file = String(fields(named(objects, 'ConfigMap', 'r-ropeway'), 'data')['ropeway.yaml']);
  const settingMs = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(file)?.[1]);
  const FOR_MS = 60_000;
  expect(settingMs('maxWaitMs') + 2 * FOR_MS).toBeLessThan(settingMs('activationMs'));
});
