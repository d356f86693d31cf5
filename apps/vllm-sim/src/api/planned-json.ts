// What the simulated model answers where the request binds it to JSON or to a choice, as vLLM's structured outputs do.
import type { LosslessJson } from '#protocol';
import { exampleOf } from './example-of.ts';
import { type Fields, flag, isObject, object, text, texts } from './fields.ts';

/** null: the answer is free. Regular expressions and grammars are not followed. */
export function plannedJson(fields: Fields): string | null {
  const format = object(fields, 'response_format');
  const type = text(format, 'type');
  if (type === 'json_schema') return jsonOf(object(format, 'json_schema').get('schema'));
  if (type === 'json_object') return '{}';
  const outputs = object(fields, 'structured_outputs');
  if (outputs.has('json')) return jsonOf(outputs.get('json'));
  return texts(outputs, 'choice')[0] ?? (flag(outputs, 'json_object') ? '{}' : null);
}

function jsonOf(schema: LosslessJson | undefined): string {
  return isObject(schema) ? JSON.stringify(exampleOf(schema, schema)) : '{}';
}
