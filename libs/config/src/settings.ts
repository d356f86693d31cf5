// Every setting as a flat list, read off the schema: the table of the docs, the environment variables and "did you mean"
// all come from here, so none of them can lag behind.
import * as z from 'zod';
import { schema } from './schema.ts';

export interface Setting {
  /** `relay.idleTimeoutMs`; `pools[].rope.factor` inside a list. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** Environment variable that sets it; null inside a list, which is set as a whole. */
  readonly env: string | null;
  readonly type: string;
  /** Holds text: its environment variable is taken as it stands, not read as YAML. */
  readonly isText: boolean;
  readonly unit: string;
  readonly bounds: string;
  /** As it would be written; null = required, '' = optional without a default. */
  readonly default: string | null;
  readonly description: string;
}

type Node = z.core.JSONSchema.BaseSchema;

const UNITS: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/Ms$/, 'milliseconds'],
  [/Bytes$/, 'bytes'],
  [/Tokens$|[tT]okensPerWorker$|MaxPosition$/, 'tokens'],
  [/PerSecond$/, 'a second'],
  [/PerMinute$/, 'a minute'],
  [/Ratio$/, 'share'],
];

/** Sections and lists themselves included; a section has the type `section`. */
export const settings: readonly Setting[] = merged(settingsOf(z.toJSONSchema(schema, { io: 'input' }), ''));

/** Names allowed right below a path such as `server` or `pools[].rope`; '' is the top. */
export function namesBelow(path: string): readonly string[] {
  const prefix = path === '' ? '' : `${path}.`;
  const below = settings.filter(
    (setting) => setting.path.startsWith(prefix) && !/[.]/.test(setting.path.slice(prefix.length)),
  );
  return [...new Set(below.map((setting) => setting.name))];
}

/** The setting at a path with or without list positions: `pools[1].name` finds `pools[].name`. */
export function settingAt(path: string): Setting | undefined {
  const plain = path.replace(/\[\d+\]/g, '[]');
  return settings.find((setting) => setting.path === plain);
}

function settingsOf(node: Node, path: string): Setting[] {
  return branches(node).flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([name, child]) => {
      if (typeof child === 'boolean') return [];
      const childPath = path === '' ? name : `${path}.${name}`;
      const isRequired = branch.required?.includes(name) ?? false;
      return [settingOf(child, childPath, name, isRequired), ...settingsBelow(child, childPath)];
    }),
  );
}

function settingsBelow(node: Node, path: string): Setting[] {
  const { items } = node;
  if (items === undefined || typeof items === 'boolean' || Array.isArray(items))
    return settingsOf(node, path);
  return settingsOf(items, `${path}[]`);
}

function settingOf(node: Node, path: string, name: string, isRequired: boolean): Setting {
  const type = typeText(node);
  return {
    path,
    name,
    env: type === 'section' || path.includes('[]') ? null : envName(path),
    type,
    isText: branches(node).some((branch) => branch.type === 'string') && node.properties === undefined,
    unit: UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? '',
    bounds: boundsText(node),
    default: isRequired ? null : defaultText(node),
    description: node.description ?? '',
  };
}

/** The alternatives of a rope both have a `type`: one row, with what it may be. */
function merged(all: readonly Setting[]): Setting[] {
  const byPath = new Map<string, Setting>();
  for (const setting of all) {
    const twin = byPath.get(setting.path);
    byPath.set(setting.path, twin === undefined ? setting : joined(twin, setting));
  }
  return [...byPath.values()];
}

function joined(first: Setting, second: Setting): Setting {
  return {
    ...first,
    type: `${first.type}, ${second.type}`,
    description: `${first.type}: ${first.description} ${second.type}: ${second.description}`,
  };
}

/** `relay.idleTimeoutMs` -> `ROPEWAY_RELAY_IDLE_TIMEOUT_MS`. */
function envName(path: string): string {
  return `ROPEWAY_${path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

/** The alternatives of a node: `x | null` and unions become their parts. */
function branches(node: Node): Node[] {
  const parts = node.anyOf ?? node.oneOf;
  return parts === undefined ? [node] : parts.filter((part) => typeof part === 'object');
}

function typeText(node: Node): string {
  if (node.properties !== undefined) return 'section';
  return branches(node)
    .map((branch) => {
      if (branch.const !== undefined) return `\`${branch.const}\``;
      if (branch.enum !== undefined) return branch.enum.map((value) => `\`${value}\``).join(', ');
      return branch.type === 'array' ? 'list' : branch.type === 'object' ? 'map' : `${branch.type}`;
    })
    .filter((text, position, all) => all.indexOf(text) === position)
    .join(' or ');
}

function boundsText(node: Node): string {
  const branch = branches(node).find((part) => part.type === 'integer' || part.type === 'number');
  if (branch === undefined) return '';
  const { exclusiveMinimum } = branch;
  const low =
    typeof exclusiveMinimum === 'number' ? `above ${count(exclusiveMinimum)}` : count(branch.minimum);
  // zod gives every integer the bounds of a safe one; those are not ours to print.
  const isOpen = branch.maximum === undefined || branch.maximum >= Number.MAX_SAFE_INTEGER;
  return isOpen ? `from ${low}` : `${low} to ${count(branch.maximum)}`;
}

function count(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US');
}

function defaultText(node: Node): string {
  if (node.default === undefined || node.properties !== undefined) return '';
  return typeof node.default === 'string' ? node.default : JSON.stringify(node.default);
}
