// The lines of a panel: its queries' answers, each with the name its legend gives it.
import type { ReadBoard, ReadPanel } from '../../test/dashboards/read-boards.ts';
import type { Labels } from '../../test/servers/prometheus-client.ts';
import { type Answers, answerKey } from './take-answers.ts';

export interface PanelLine {
  readonly refId: string;
  readonly name: string;
  readonly labels: Labels;
  readonly points: readonly (readonly [number, number | null])[];
  /** The last that is a number. */
  readonly last: number | null;
  readonly max: number | null;
}

/** Highest last value first, as the boards' legends are sorted; lines without any number are left out. */
export function panelLines(
  { uid }: Pick<ReadBoard, 'uid'>,
  panel: ReadPanel,
  answers: Answers,
): readonly PanelLine[] {
  const lines = (panel.targets ?? []).flatMap(({ refId, legendFormat }) =>
    (answers[answerKey(uid, panel.id, refId)] ?? []).map(({ labels, points }) => {
      const numbers = points.flatMap(([, value]) => (value === null ? [] : [value]));
      const max = numbers.length === 0 ? null : Math.max(...numbers);
      const last = numbers.at(-1) ?? null;
      return { refId, name: legendOf(legendFormat, labels), labels, points, last, max };
    }),
  );
  return lines
    .filter(({ last }) => last !== null)
    .toSorted((one, other) => (other.last ?? 0) - (one.last ?? 0));
}

/** `{{label}}` is the label's value, as in Grafana; a label that is not there is nothing. */
export function legendOf(format: string, labels: Labels): string {
  const name = format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  return name.replaceAll(/\s+/g, ' ').trim();
}
