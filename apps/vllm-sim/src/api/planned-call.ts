// Whether the simulated model answers with a tool call, and with which arguments.
import type { LosslessJson } from '#protocol';
import { exampleOf } from './example-of.ts';
import { type Fields, isObject, object, text } from './fields.ts';

/**
 * As the model writes it, with its marks.
 * A tool is called when the request requires or names one, when the last message mentions one by name, or when
 * logit_bias forbids the first word of the scripted model's answer (which is how the recordings make their calls).
 */
export function plannedCall(fields: Fields, lastText: string): string | null {
  const tools = toolsOf(fields);
  const first = tools[0];
  if (first === undefined) return null;
  const choice = fields.get('tool_choice') ?? 'auto';
  if (isObject(choice)) {
    const named = text(object(choice, 'function'), 'name');
    return callOf(tools.find((tool) => text(tool, 'name') === named) ?? first);
  }
  if (choice === 'required' || object(fields, 'logit_bias').has('9707')) return callOf(first);
  const mentioned = tools.find((tool) => lastText.includes(text(tool, 'name') ?? '\0'));
  return choice === 'auto' && mentioned !== undefined ? callOf(mentioned) : null;
}

function toolsOf(fields: Fields): readonly Fields[] {
  const tools = fields.get('tools');
  return Array.isArray(tools)
    ? tools.map((tool: LosslessJson) => object(isObject(tool) ? tool : new Map(), 'function'))
    : [];
}

function callOf(tool: Fields): string {
  const parameters = object(tool, 'parameters');
  const args = Object.fromEntries(
    [...object(parameters, 'properties')].map(([name, schema]) => [
      name,
      exampleOf(schema, parameters, name),
    ]),
  );
  return `<tool_call>${JSON.stringify({ name: text(tool, 'name'), arguments: args })}</tool_call>`;
}
