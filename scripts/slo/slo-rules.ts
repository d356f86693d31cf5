// helm/ropeway/rules/slo.yaml as text. Ratios over hours and days are sums of five-minute rates: each request weighs the same, and
// thirty days of one recorded series are cheap where thirty days of raw counters of every pod are not.
import { stringify } from 'yaml';
import { BURNING, type Burning, type BurnRate, LEAST_BAD_EVENTS } from './burn-rates.ts';
import { type Indicator, OBJECTIVES, type Objective, WINDOW } from './objectives.ts';

const HEAD = `# Made from scripts/slo by \`npm run docs\`: what docs/slo.md promises, and alerts on what its budgets burn.
# Plain Prometheus rules, not a template.
`;
/** Of the group with the five-minute rates; events are counted by it. */
const INTERVAL_SECONDS = 30;
/** Below the five minutes an instant query looks back. */
const LONG_INTERVAL = '2m';
const SHORT_WINDOWS = ['30m', '1h', '2h', '6h'];
const LONG_WINDOWS = ['1d', '3d', WINDOW];
/** Of a rate: less than one request in thirty years. Idle is then 0 / LEAST = 0, not 0 / 0. */
const LEAST = '1e-9';

type Rule = Readonly<Record<string, unknown>>;

export function sloRules(): string {
  const interval = `${INTERVAL_SECONDS}s`;
  const groups = [
    { name: 'ropeway-slo', interval, rules: OBJECTIVES.flatMap(shortRules) },
    { name: 'ropeway-slo-days', interval: LONG_INTERVAL, rules: OBJECTIVES.flatMap(longRules) },
    { name: 'ropeway-slo-alerts', interval, rules: OBJECTIVES.flatMap(alerts) },
  ];
  return `${HEAD}${stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function shortRules(objective: Objective): readonly Rule[] {
  return [
    ...objective.indicators.flatMap((indicator) => rates(objective, indicator)),
    { record: ratio(objective, '5m'), expr: divided(badRate(objective), eventRate(objective)) },
    ...SHORT_WINDOWS.map((window) => ratioOver(objective, window)),
  ];
}

function rates(objective: Objective, { labels, badRate: bad, goodAndBadRate }: Indicator): readonly Rule[] {
  const named = Object.keys(labels).length === 0 ? {} : { labels };
  return [
    { record: badRate(objective), expr: bad, ...named },
    { record: eventRate(objective), expr: goodAndBadRate, ...named },
  ];
}

function longRules(objective: Objective): readonly Rule[] {
  return [
    ...LONG_WINDOWS.map((window) => ratioOver(objective, window)),
    {
      record: `ropeway:${objective.id}_budget_left:ratio${WINDOW}`,
      expr: `1 - ${ratio(objective, WINDOW)} / ${budget(objective)}`,
    },
  ];
}

function ratioOver(objective: Objective, window: string): Rule {
  const sum = (series: string) => `sum_over_time(${series}[${window}])`;
  return {
    record: ratio(objective, window),
    expr: divided(sum(badRate(objective)), sum(eventRate(objective))),
  };
}

function alerts(objective: Objective): readonly Rule[] {
  return BURNING.map((burning) => ({
    alert: objective.alert,
    expr: burning.rates.map((rate) => burns(objective, rate)).join('\nor\n'),
    labels: { severity: burning.severity },
    annotations: annotations(objective, burning),
  }));
}

function burns(objective: Objective, { factor, long, short }: BurnRate): string {
  const above = (window: string) => `${ratio(objective, window)} > ${factor} * ${budget(objective)}`;
  const enough = `sum_over_time(${badRate(objective)}[${long}]) * ${INTERVAL_SECONDS} >= ${LEAST_BAD_EVENTS}`;
  return `(\n  ${above(long)}\n  and ${above(short)}\n  and ${enough}\n)`;
}

function annotations(objective: Objective, { rates: windows }: Burning): Rule {
  const isOfClass = objective.indicators.length > 1;
  const of = isOfClass ? ' Prompts of {{ $labels.prompt_length }} tokens:' : '';
  const [{ factor, long }, other] = windows;
  return {
    summary: `${objective.whenBurning}${of} {{ $value | humanizePercentage }}, where ${percent(1 - objective.goal)} may be.`,
    description: `Of ${objective.events}. The error budget of ${WINDOW} burns ${factor} times as fast as it lasts (over ${long}; or ${other.factor} times, over ${other.long}). docs/slo.md says what counts.`,
    runbook_url: `docs/runbooks/${kebab(objective.alert)}.md`,
  };
}

function badRate({ id, bad }: Objective): string {
  return `ropeway:${id}_${bad}:rate5m`;
}

function eventRate({ id }: Objective): string {
  return `ropeway:${id}_events:rate5m`;
}

function ratio({ id, bad }: Objective, window: string): string {
  return `ropeway:${id}_${bad}:ratio_rate${window}`;
}

function divided(bad: string, all: string): string {
  return `${bad} / clamp_min(${all}, ${LEAST})`;
}

/** 1 - 0.995 is not 0.005 in binary. */
function budget({ goal }: Objective): string {
  return String(Number((1 - goal).toFixed(6)));
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}

function kebab(alert: string): string {
  const words = alert.replace('Ropeway', '').split(/(?=[A-Z])/);
  return words.join('-').toLowerCase();
}
