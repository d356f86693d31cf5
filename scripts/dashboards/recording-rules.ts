// What helm/ropeway/rules/slo.yaml records and the boards show: shares of requests that missed an objective, over several
// windows, and what is left of each budget over 30 days (1: untouched, 0: used up, below: overspent).

import { OBJECTIVES, type Objective } from '../slo/objectives.ts';

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d'] as const;
export type Window = (typeof WINDOWS)[number];

/** By the name without its window; what each is recorded by. */
export const SHARES = {
  'ropeway:availability_error:ratio_rate': ['namespace'],
  'ropeway:first_token_slow:ratio_rate': ['namespace', 'prompt_length'],
  'ropeway:overhead_slow:ratio_rate': ['namespace'],
} as const;

/** The share each objective allows to be bad. */
export const ALLOWED: Readonly<Record<keyof typeof SHARES, number>> = {
  'ropeway:availability_error:ratio_rate': allowedBy('availability'),
  'ropeway:first_token_slow:ratio_rate': allowedBy('first_token'),
  'ropeway:overhead_slow:ratio_rate': allowedBy('overhead'),
};

export const BUDGETS = {
  availability: 'ropeway:availability_budget_left:ratio30d',
  firstToken: 'ropeway:first_token_budget_left:ratio30d',
  overhead: 'ropeway:overhead_budget_left:ratio30d',
} as const;

/** Every name a board may ask for. */
export const RECORDED: readonly string[] = [
  ...Object.keys(SHARES).flatMap((share) => WINDOWS.map((window) => `${share}${window}`)),
  ...Object.values(BUDGETS),
];

function allowedBy(id: Objective['id']): number {
  const goal = OBJECTIVES.find((objective) => objective.id === id)?.goal ?? Number.NaN;
  return Number((1 - goal).toFixed(6));
}
