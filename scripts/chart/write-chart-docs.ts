// What of the chart comes from the code: its schema, and the table of its values.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { nodeOf, withoutReferences } from './schema-node.ts';
import { valuesSchema } from './values-schema.ts';
import { valuesTable } from './values-table.ts';

const chart = join(import.meta.dirname, '..', '..', 'helm', 'ropeway');
const BEGIN = '<!-- values -->\n';
const END = '<!-- /values -->';

interface ChartDocs {
  readonly schema: string;
  readonly readme: string;
}

/** The two files as they should be. */
export function chartDocs(): ChartDocs {
  const schema = valuesSchema();
  const defaults = nodeOf(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')));
  const page = readFileSync(join(chart, 'README.md'), 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  const table = valuesTable(withoutReferences(schema), defaults);
  return { schema: `${JSON.stringify(schema, null, 1)}\n`, readme: `${before}${BEGIN}${table}${after}` };
}

export function writeChartDocs(): void {
  const { schema, readme } = chartDocs();
  writeFileSync(join(chart, 'values.schema.json'), schema);
  writeFileSync(join(chart, 'README.md'), readme);
}
