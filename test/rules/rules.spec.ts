// Alerts fire when they should and stay quiet when they should not: asked of Prometheus' own promtool, on series written by hand.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FAULTS } from '#protocol';
import { METRICS } from '#telemetry';
import { needProgram } from '../../scripts/find-program.mjs';
import { alerts, questions, root, ruleFiles, rules, testFiles } from './rule-files.ts';

/** Of vLLM (docs/real-vllm.md: recorded from 0.32). */
const VLLM_METRICS = ['vllm:kv_cache_usage_perc'];
/** Of each series of ours. */
const labelsOf = new Map<string, readonly string[]>(
  Object.values(METRICS).flatMap(({ name, labels, type }) =>
    (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]).map((series) => [
      series,
      type === 'histogram' ? [...labels, 'le'] : labels,
    ]),
  ),
);
const known = new Set<string>([
  ...labelsOf.keys(),
  ...VLLM_METRICS,
  ...rules.flatMap(({ record = [] }) => record),
]);

it('are rules Prometheus takes as they stand', () => {
  expect(promtool('check', 'rules', ...ruleFiles)).toMatch(/SUCCESS/);
});

it.each(testFiles)('do what %s says', (file) => {
  expect(promtool('test', 'rules', file)).toMatch(/SUCCESS/);
});

describe.each(alerts)('$alert ($severity)', ({ alert, severity, annotations }) => {
  const asked = questions.filter((question) => question.alert === alert);

  it('is tested firing, and not firing', () => {
    expect(asked.some(({ severities }) => severities.includes(severity))).toBe(true);
    expect(asked.some(({ severities }) => !severities.includes(severity))).toBe(true);
  });

  it('says what is wrong, what it means and where to read on', () => {
    expect(severity).toMatch(/^(critical|warning)$/);
    expect(Object.keys(annotations).toSorted()).toEqual(['description', 'runbook_url', 'summary']);
    expect(annotations.runbook_url).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
  });
});

it.each(rules.map((rule) => [rule.record ?? rule.alert, rule.expr] as const))(
  '%s asks for metrics, labels and codes that exist',
  (_, expr) => {
    const names = expr.match(/\b(?:ropeway|vllm)[:_][\w:]+/g) ?? [];
    expect(names).not.toEqual([]);
    for (const name of names) expect(known).toContain(name);
    for (const [, name = '', selector = ''] of expr.matchAll(/\b(ropeway_\w+)\{([^}]*)\}/g))
      for (const [, label] of selector.matchAll(/(\w+)(?:=~|!~|!=|=)"/g))
        expect(labelsOf.get(name)).toContain(label);
    for (const [, code = ''] of expr.matchAll(/\bcode="(\w+)"/g)) expect(Object.keys(FAULTS)).toContain(code);
  },
);

it('records nothing that neither a rule reads nor the page names', () => {
  const read = [...rules.map(({ expr }) => expr), readFileSync(join(root, 'docs/slo.md'), 'utf8')].join('\n');
  for (const { record } of rules) if (record !== undefined) expect(read).toContain(record);
});

function promtool(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(needProgram('promtool'), args, {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}
