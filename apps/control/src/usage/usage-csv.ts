// Usage as CSV (RFC 4180), streamed: rows are read as fast as they are taken, and none is kept.
import { pipeline, type Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { UsageDimension, UsageRow } from '#ledger';

const SUMS = [
  'requests',
  'promptTokens',
  'cachedTokens',
  'reasoningTokens',
  'completionTokens',
  'weightedTokens',
  'costMicro',
] as const satisfies readonly (keyof UsageRow)[];

/**
 * Names of models and pools that a spreadsheet would take for a formula begin with an apostrophe (OWASP, "CSV injection").
 * When the database fails the stream breaks off, so that half an export is not taken for a whole one.
 */
export function usageCsv(rows: AsyncIterable<UsageRow>, by: readonly UsageDimension[]): Readable {
  const csv = stringify({ header: true, columns: [...by, ...SUMS], escape_formulas: true });
  // pipeline() has destroyed both ends by the time it calls back; whoever reads the CSV is told by the stream's own error.
  pipeline(rows, csv, () => {});
  return csv;
}
