// The rule files of the chart and promtool's tests of them, as the specs beside this read them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const root = join(import.meta.dirname, '..', '..');
export const ruleFiles = globSync('helm/ropeway/rules/*.yaml', { cwd: root }).toSorted();
export const testFiles = globSync('test/rules/*.test.yaml', { cwd: root }).toSorted();

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Alert extends Rule {
  readonly alert: string;
  readonly severity: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
    }[];
  }[];
}

export const rules: readonly Rule[] = ruleFiles.flatMap((file) =>
  (read(file) as RuleFile).groups.flatMap((group) => group.rules),
);

/** One for each severity an alert has. */
export const alerts: readonly Alert[] = rules.flatMap((rule) =>
  rule.alert === undefined
    ? []
    : [
        {
          ...rule,
          alert: rule.alert,
          severity: rule.labels?.severity ?? '',
          annotations: rule.annotations ?? {},
        },
      ],
);

/** Each question promtool asks: of which alert, and the severities that must come out. */
export const questions = testFiles
  .flatMap((file) => (read(file) as RuleTests).tests)
  .flatMap(({ alert_rule_test = [] }) => alert_rule_test)
  .map(({ alertname, exp_alerts }) => ({
    alert: alertname,
    severities: exp_alerts.map(({ exp_labels }) => exp_labels.severity),
  }));

function read(file: string): unknown {
  return parse(readFileSync(join(root, file), 'utf8'));
}
