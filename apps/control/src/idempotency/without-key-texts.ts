// A key's text is shown once and never kept: what is stored of an answer has null in its place.
import { parseKeyToken } from '#tenancy';

/** A copy in which every string that is a key is null, wherever it stands. */
export function withoutKeyTexts(value: unknown): unknown {
  if (typeof value === 'string') return parseKeyToken(value) === null ? value : null;
  if (Array.isArray(value)) return value.map(withoutKeyTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutKeyTexts(member)]));
}
