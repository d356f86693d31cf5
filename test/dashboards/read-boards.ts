// The boards as they are committed: what Grafana gets, read back from the JSON.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'helm', 'ropeway', 'dashboards');

export interface ReadTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly exemplar?: boolean;
  readonly instant?: boolean;
  readonly datasource: unknown;
}
interface ReadStep {
  /** Null: from the lowest on. */
  readonly value: number | null;
  readonly color: string;
}
interface ReadDefaults {
  readonly unit?: string;
  readonly noValue?: string;
  readonly max?: number;
  readonly thresholds?: { readonly steps: readonly ReadStep[] };
  readonly custom?: {
    readonly fillOpacity?: number;
    readonly lineInterpolation?: string;
    readonly stacking?: { readonly mode: string };
    readonly thresholdsStyle?: { readonly mode: string };
  };
}
interface ReadTransformation {
  readonly id: string;
  readonly options: { readonly renameByName?: Readonly<Record<string, string>> };
}
export interface ReadPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: ReadDefaults };
  readonly options?: { readonly colorMode?: string };
  readonly transformations?: readonly ReadTransformation[];
  readonly targets?: readonly ReadTarget[];
}
interface ReadVariable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly allValue?: string;
  readonly includeAll: boolean;
  readonly datasource?: unknown;
}
export interface ReadBoard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly tags: readonly string[];
  readonly refresh: string;
  readonly time: unknown;
  readonly links: readonly { readonly tags: readonly string[]; readonly includeVars: boolean }[];
  readonly templating: { readonly list: readonly ReadVariable[] };
  readonly annotations: {
    readonly list: readonly { readonly expr: string; readonly useValueForTime: boolean }[];
  };
  readonly panels: readonly ReadPanel[];
}
interface ReadFile {
  readonly file: string;
  readonly text: string;
  readonly board: ReadBoard;
}

export const boards: readonly ReadFile[] = globSync('*.json', { cwd: folder })
  .toSorted()
  .map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return { file, text, board: JSON.parse(text) as ReadBoard };
  });

/** Without the headers of rows. */
export function panelsOf({ panels }: ReadBoard): readonly ReadPanel[] {
  return panels.filter(({ type }) => type !== 'row');
}

/** Every query there is, with where it stands. */
export const queries = boards.flatMap(({ board }) =>
  panelsOf(board).flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({
      name: `${board.title}: ${panel.title} (${target.refId})`,
      board,
      panel,
      ...target,
    })),
  ),
);

/** Names of series in an expression: what stands before a brace. */
export function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/([a-z_][\w:]*)\{/g)].map(([, name]) => name ?? '');
}
