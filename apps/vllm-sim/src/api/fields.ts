// Reads members of a request body the lenient way pydantic does: "5" and 5.0 are the integer 5, null is absent.
import { JsonNumber, type LosslessJson } from '#protocol';

export type Fields = ReadonlyMap<string, LosslessJson>;

export function isObject(value: LosslessJson | undefined): value is Fields {
  return value instanceof Map;
}

/** Checked to be whole by the schema before. */
export function integer(fields: Fields, name: string): number | null {
  return number(fields, name);
}

/** NaN and Infinity, which Python's json reads, come as themselves. */
export function number(fields: Fields, name: string): number | null {
  const value = fields.get(name);
  if (value === undefined || value === null) return null;
  return Number(value instanceof JsonNumber ? value.source : value);
}

export function flag(fields: Fields, name: string, otherwise = false): boolean {
  const value = fields.get(name);
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'boolean') return value;
  return /^(true|1|1\.0|yes|on|t|y)$/i.test(value instanceof JsonNumber ? value.source : String(value));
}

export function text(fields: Fields, name: string): string | null {
  const value = fields.get(name);
  return typeof value === 'string' ? value : null;
}

export function object(fields: Fields, name: string): Fields {
  const value = fields.get(name);
  return isObject(value) ? value : new Map();
}

export function texts(fields: Fields, name: string): string[] {
  const value = fields.get(name);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function integers(fields: Fields, name: string): number[] {
  const value = fields.get(name);
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: LosslessJson) => (item instanceof JsonNumber ? [Number(item.source)] : []));
}
