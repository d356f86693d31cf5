// What differs between what is there and what is declared, field by field.
import { isDeepStrictEqual } from 'node:util';

export interface FieldChange {
  /** As in `limits.requestsPerMinute`. */
  readonly path: string;
  /** Left out: it was not there. Of a limit that is what the plan or tenant says, and null is no limit. */
  readonly before?: unknown;
  /** Left out: it is not there any more. */
  readonly after?: unknown;
}

/** Objects are gone into, lists compared as a whole. */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isRecord(after) || !(before === undefined || isRecord(before))) {
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  const names = new Set([...Object.keys(after), ...Object.keys(before ?? {})]);
  return [...names].flatMap((name) =>
    fieldChanges(before?.[name], after[name], path === '' ? name : `${path}.${name}`),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
