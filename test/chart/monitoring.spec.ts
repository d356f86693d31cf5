// What Prometheus scrapes is there, and alerts ask for metrics that exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FAULTS } from '#protocol';
import { METRICS } from '#telemetry';
import { chart, objectsOf, root } from './chart.ts';
import { fields, list, ofKind, podLabels, selects, text, workloads } from './kube-object.ts';
import { RENDERINGS, renderings } from './renderings.ts';

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

describe('alerts', () => {
  const rules = ofKind(objectsOf(RENDERINGS.default ?? {}), 'PrometheusRule').flatMap((object) =>
    list(object, 'spec.groups').flatMap((group) => list(group, 'rules')),
  );

  it('are there', () => {
    expect(rules.length).toBeGreaterThan(3);
  });

  it.each(rules.map((rule) => [text(rule, 'alert'), rule] as const))(
    '%s asks for what exists, and says what to do',
    (_, rule) => {
      const expression = text(rule, 'expr');
      const names = metricsIn(expression);
      expect(names).not.toEqual([]);
      for (const name of names) expect(known).toContain(name);
      for (const [, code = ''] of expression.matchAll(/code="(\w+)"/g))
        expect(Object.keys(FAULTS)).toContain(code);
      expect(text(rule, 'labels.severity')).toMatch(/^(critical|warning)$/);
      const { summary, description } = fields(rule, 'annotations');
      expect(`${summary} ${description}`).toMatch(/\w+ \w+/);
      for (const [page = ''] of String(description).matchAll(/docs\/[\w/-]+\.md/g))
        expect(() => readFileSync(join(root, page))).not.toThrow();
    },
  );

  it('come out of the file unchanged: its templates are Prometheus\u2019, not Helm\u2019s', () => {
    const file = readFileSync(join(chart, 'rules', 'ropeway.yaml'), 'utf8');
    expect(file).toContain('{{ $labels.pool }}');
    expect(JSON.stringify(rules)).toContain('{{ $labels.pool }}');
  });
});
