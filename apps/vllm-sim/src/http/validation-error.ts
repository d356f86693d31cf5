// pydantic's findings as vLLM prints them: type "Bad Request", one line a finding, written like a Python dict.
import { JsonNumber, type LosslessJson } from '#protocol';
import { ApiError } from './api-error.ts';

export interface Finding {
  readonly type: string;
  readonly loc: string;
  readonly msg: string;
  /** As `shownInput` writes it. */
  readonly input: string;
  /** The dict's inside, already in Python's spelling. */
  readonly ctx?: string;
}

export function validationError(findings: readonly Finding[]): ApiError {
  const lines = findings.map(({ type, loc, msg, input, ctx }) => {
    const tail = ctx === undefined ? '' : `, 'ctx': {${ctx}}`;
    return `\n  {'type': '${type}', 'loc': '${loc}', 'msg': ${pythonRepr(msg)}, 'input': ${pythonRepr(input)}${tail}}`;
  });
  const count = findings.length === 1 ? '1 validation error' : `${findings.length} validation errors`;
  return new ApiError(400, 'Bad Request', `${count}:${lines.join('')}`, findings[0]?.loc ?? null);
}

/** Python prefers single quotes, and takes double ones when the text has single ones only. */
function pythonRepr(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** vLLM shows scalars as they are and hides what is in lists and dicts. */
export function shownInput(value: LosslessJson | undefined): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof JsonNumber) return value.source;
  if (value instanceof Map) return `<dict of ${value.size} items>`;
  return `<list of ${Array.isArray(value) ? value.length : 0} items>`;
}
