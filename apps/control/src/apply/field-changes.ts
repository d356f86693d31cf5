// What differs between what is there and what is declared, field by field.
import { isDeepStrictEqual } from 'node:util';

export interface FieldChange {
  /** As in `limits.requestsPerMinute`. */
  readonly path: string;
  /** null: there was nothing, or null. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Objects are gone into, lists compared as a whole. Nothing and null are told apart in comparing, not in the answer. */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isRecord(after) || !(before === undefined || isRecord(before))) {
    return [{ path, before: before ?? null, after: after ?? null }];
  }
  const names = new Set([...Object.keys(after), ...Object.keys(before ?? {})]);
  return [...names].flatMap((name) =>
    fieldChanges(before?.[name], after[name], path === '' ? name : `${path}.${name}`),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
