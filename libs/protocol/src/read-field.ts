// Readers of single fields of a body. Absent and null mean the same for optional fields, as in vLLM's schema.
// Each refusal names the field's path and says what is expected.
import { Fault } from './fault.ts';
import type { JsonObject } from './json-body.ts';

export function invalid(param: string, message: string): Fault {
  return new Fault('invalid_request', { message: `${message} (parameter=${param})`, param });
}

export function readString(object: JsonObject, field: string): string | null {
  const value = object[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalid(field, `'${field}' must be a string.`);
  return value;
}

export function readBoolean(object: JsonObject, field: string, otherwise: boolean, path = field): boolean {
  const value = object[field];
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== 'boolean') throw invalid(path, `'${path}' must be true or false.`);
  return value;
}

/** A whole number of at least `least`; 5.0 counts as 5, as in vLLM's schema; strings are refused. */
export function readWhole(object: JsonObject, field: string, least: number): number | null {
  const value = object[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw invalid(field, `'${field}' must be a whole number.`);
  if (value < least) throw invalid(field, `${field} must be at least ${least}, got ${value}.`);
  if (!Number.isSafeInteger(value)) throw invalid(field, `'${field}' is too large.`);
  return value;
}

export function readObject(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, `'${path}' must be an object.`);
  return value as JsonObject;
}

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(path, `'${path}' must be an array.`);
  return value;
}

/** Text the engine can encode: a lone surrogate cannot be written as UTF-8 and is refused there, too. */
export function readText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw invalid(path, `'${path}' must be a string.`);
  if (!value.isWellFormed()) throw invalid(path, `'${path}' has a lone surrogate, which is not text.`);
  return value;
}
