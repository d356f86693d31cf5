// The tables of docs/slo.md, made from the same data as the rules.
import { BURNING, LEAST_BAD_EVENTS } from './burn-rates.ts';
import { OBJECTIVES, type Objective, WINDOW } from './objectives.ts';
import { percent } from './slo-rules.ts';

const BEGIN = '<!-- slo -->\n';
const END = '<!-- /slo -->';

/** The page with its tables as they should be. */
export function sloPage(page: string): string {
  const [before = ''] = page.split(BEGIN);
  const after = page.slice(page.indexOf(END));
  return `${before}${BEGIN}${objectiveTable()}\n\n${burnTable()}\n${after}`;
}

function objectiveTable(): string {
  const rows = OBJECTIVES.flatMap((objective) =>
    objective.indicators.map(({ labels, bound }) => [
      `${objective.good}${classOf(labels)}`,
      objective.events,
      bound,
      percent(objective.goal),
      allowed(objective),
    ]),
  );
  return table(['objective', 'of', 'good is', `share over ${WINDOW}`, 'error budget'], rows);
}

function burnTable(): string {
  const rows = BURNING.flatMap(({ severity, rates }) =>
    rates.map(({ factor, long, short }) => [
      `${factor}`,
      `${long}, and still over ${short}`,
      severity === 'critical' ? '`critical`: somebody gets up' : '`warning`: a ticket',
      ...OBJECTIVES.map((objective) => percent(factor * (1 - objective.goal))),
    ]),
  );
  const names = OBJECTIVES.map(({ alert }) => `\`${alert}\` above`);
  return `${table(['times too fast', 'over', 'severity', ...names], rows)}\n\nAlways with at least ${LEAST_BAD_EVENTS} bad events in the long window.`;
}

function classOf(labels: Readonly<Record<string, string>>): string {
  const [length] = Object.values(labels);
  return length === undefined ? '' : `, prompt of ${length} tokens`;
}

function allowed({ goal, id }: Objective): string {
  const share = percent(1 - goal);
  if (id !== 'availability') return share;
  return `${share}: ${Number(((1 - goal) * 30 * 24).toFixed(1))} h of everything failing`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
