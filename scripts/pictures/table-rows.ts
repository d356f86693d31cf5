// A table panel's rows: answers with the same labels are one row, each query a column (Grafana's merge and organize).
import type { ReadPanel } from '../../test/dashboards/read-boards.ts';
import type { PanelLine } from './panel-lines.ts';

interface PictureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export function tableOf(panel: ReadPanel, lines: readonly PanelLine[]): PictureTable {
  const values = valueColumns(panel);
  const labels = [...new Set(lines.flatMap((line) => Object.keys(line.labels)))].toSorted();
  const rows = new Map<string, (string | number | null)[]>();
  for (const line of lines) {
    const words = labels.map((label) => line.labels[label] ?? '');
    const key = JSON.stringify(words);
    const row = rows.get(key) ?? [...words, ...values.map(() => null)];
    row[
      labels.length +
        Math.max(
          0,
          values.findIndex(({ refId }) => refId === line.refId),
        )
    ] = line.last;
    rows.set(key, row);
  }
  return { columns: [...labels, ...values.map(({ name }) => name)], rows: [...rows.values()] };
}

function valueColumns({ targets = [], transformations = [] }: ReadPanel) {
  const names = transformations.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
  return targets.map(({ refId }) => ({ refId, name: names[`Value #${refId}`] ?? names.Value ?? 'Value' }));
}
