// A board as data: what it answers, what can be chosen, and its rows.
import type { Panel } from './panel.ts';
import type { Scope } from './series.ts';

export interface Board {
  readonly uid: `ropeway-${string}`;
  readonly title: string;
  /** The question it answers; printed on the board and in docs/dashboards.md. */
  readonly answers: string;
  /** What can be chosen beside the data source and the namespace. */
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

interface Variable {
  readonly name: Scope;
  /** Where its values come from: a metric of ours or vLLM's, and its label. */
  readonly metric: string;
  readonly label: string;
}

export interface Row {
  readonly title: string;
  /** Lines of panels, left to right. */
  readonly lines: readonly (readonly Panel[])[];
}
