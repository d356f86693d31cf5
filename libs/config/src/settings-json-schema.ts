// The schema as JSON Schema, for files other programs check before a gateway ever reads them: the chart's values.
import * as z from 'zod';
import { schema } from './schema.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Draft 7, of what may be written: defaults may be left out. Checks that JSON Schema cannot say are not in it. */
export function settingsJsonSchema(): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
}
