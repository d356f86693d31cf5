// A value that a JSON schema allows, for the arguments of tools and for structured outputs: the shortest that says something.
import { JsonNumber, type LosslessJson } from '#protocol';
import { type Fields, isObject, object, text } from './fields.ts';

/** A schema may name itself; what lies deeper is left empty. */
const MAX_DEPTH = 8;
const LOCAL = /^#\/(\$defs|definitions)\/(.+)$/;

/** `root` holds the definitions that `$ref` names. */
export function exampleOf(
  schema: LosslessJson | undefined,
  root: Fields,
  name = 'value',
  depth = 0,
): unknown {
  const fields = resolved(schema, root);
  if (depth > MAX_DEPTH) return null;
  if (fields.has('const')) return plain(fields.get('const'));
  const choices = fields.get('enum');
  if (Array.isArray(choices)) return plain(choices[0]);
  const [either] = [
    ...optionsOf(fields, 'anyOf'),
    ...optionsOf(fields, 'oneOf'),
    ...optionsOf(fields, 'allOf'),
  ];
  if (either !== undefined) return exampleOf(either, root, name, depth + 1);
  switch (typeOf(fields)) {
    case 'integer':
    case 'number':
      return numberOf(fields);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: countOf(fields) }, () =>
        exampleOf(fields.get('items'), root, name, depth + 1),
      );
    case 'object':
      return Object.fromEntries(
        [...object(fields, 'properties')].map(([key, value]) => [
          key,
          exampleOf(value, root, key, depth + 1),
        ]),
      );
    default:
      return name === 'city' || name === 'location' ? 'Paris' : `some ${name}`;
  }
}

function resolved(schema: LosslessJson | undefined, root: Fields): Fields {
  const fields: Fields = isObject(schema) ? schema : new Map();
  const [, folder, name] = LOCAL.exec(text(fields, '$ref') ?? '') ?? [];
  return folder === undefined || name === undefined ? fields : object(object(root, folder), name);
}

function typeOf(fields: Fields): string | null {
  const type = fields.get('type');
  if (Array.isArray(type)) return typeof type[0] === 'string' ? type[0] : null;
  return text(fields, 'type') ?? (fields.has('properties') ? 'object' : null);
}

function optionsOf(fields: Fields, name: string): readonly LosslessJson[] {
  const options = fields.get(name);
  return Array.isArray(options) ? options : [];
}

function numberOf(fields: Fields): number {
  const minimum = fields.get('minimum');
  return Math.max(1, minimum instanceof JsonNumber ? Math.ceil(Number(minimum.source)) : 1);
}

function countOf(fields: Fields): number {
  const minimum = fields.get('minItems');
  return minimum instanceof JsonNumber ? Math.min(8, Number(minimum.source)) : 0;
}

function plain(value: LosslessJson | undefined): unknown {
  if (value instanceof JsonNumber) return Number(value.source);
  return value === undefined || typeof value === 'object' ? null : value;
}
