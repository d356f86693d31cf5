// The table of values in helm/ropeway/README.md, made from the schema and the defaults of values.yaml.
import { type Node, nodeOf } from './schema-node.ts';

/** Taken over from Kubernetes or from docs/configuration.md as they are: one row each. */
const WHOLE = new Set(['config', 'modelOptions.settings', 'keys', 'affinity', 'tolerations', 'extraEnv']);
const HEAD = '| Value | Takes | Default | |\n|---|---|---|---|';

/** One table a top-level section; single values share the first. */
export function valuesTable(schema: Node, defaults: Node): string {
  const top = Object.entries(propertiesOf(schema)).filter(([name]) => name !== 'global');
  const single = top.filter(([name, node]) => !isSection(node) || WHOLE.has(name)).map(([name]) => name);
  const parts = [
    section(
      '',
      rowsOf(schema, defaults, '', (name) => single.includes(name)),
    ),
    ...top
      .filter(([name]) => !single.includes(name))
      .map(([name, node]) =>
        section(
          `### \`${name}\`\n\n${text(node.description)}\n\n`,
          name === 'pools'
            ? rowsOf(nodeOf(node.items), {}, 'pools[].', (key) => !isWorkerSetting(schema, key))
            : rowsOf(node, defaultOf(defaults, name), `${name}.`, () => true),
        ),
      ),
  ];
  return parts.join('\n');
}

function section(heading: string, rows: readonly string[]): string {
  return `${heading}${[HEAD, ...rows].join('\n')}\n`;
}

function rowsOf(node: Node, defaults: Node, prefix: string, isWanted: (name: string) => boolean): string[] {
  return Object.entries(propertiesOf(node))
    .filter(([name]) => isWanted(name) && name !== 'global')
    .flatMap(([name, child]) => {
      const path = `${prefix}${name}`;
      const value = defaults[name];
      if (isSection(child) && !WHOLE.has(name) && !WHOLE.has(path))
        return rowsOf(child, defaultOf(defaults, name), `${path}.`, () => true);
      return [
        `| \`${path}\` | ${takes(child)} | ${value === undefined ? '' : code(value)} | ${text(child.description)} |`,
      ];
    });
}

function isWorkerSetting(schema: Node, name: string): boolean {
  return name in propertiesOf(nodeOf(propertiesOf(schema).workers));
}

function isSection(node: Node): boolean {
  return node.properties !== undefined || isPools(node);
}

function isPools(node: Node): boolean {
  return node.type === 'array' && 'rope' in propertiesOf(nodeOf(node.items));
}

function propertiesOf(node: Node): Readonly<Record<string, Node>> {
  return (node.properties ?? {}) as Readonly<Record<string, Node>>;
}

function defaultOf(defaults: Node, name: string): Node {
  return nodeOf(defaults[name]);
}

function takes(node: Node): string {
  if (Array.isArray(node.enum))
    return node.enum
      .filter((one) => one !== '')
      .map((one) => `\`${one}\``)
      .join(', ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (Array.isArray(node.anyOf))
    return [...new Set(node.anyOf.map((one) => takes(nodeOf(one))))].join(' or ');
  if (Array.isArray(node.type)) return node.type.join(' or ');
  if (node.type === 'array') return 'list';
  if (node.type === 'object') return 'map';
  if (node.type !== 'integer' && node.type !== 'number') return String(node.type ?? 'any');
  return `${node.type}${bounds(node)}`;
}

function bounds({ minimum, maximum, exclusiveMinimum }: Node): string {
  const least = minimum ?? exclusiveMinimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const from = least === undefined ? '' : exclusiveMinimum === undefined ? `${least}` : `above ${least}`;
  if (most === undefined) return from === '' ? '' : `, from ${from}`;
  return `, ${from} to ${most}`;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``.replaceAll(
    '|',
    '\\|',
  );
}

function text(value: unknown): string {
  return String(value ?? '').replaceAll('|', '\\|');
}
