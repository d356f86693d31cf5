// The values are checked by a schema that is really enforced, and each is explained.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { nodeOf, withoutReferences } from '../../scripts/chart/schema-node.ts';
import { chartDocs } from '../../scripts/chart/write-chart-docs.ts';
import { chart } from './chart.ts';
import { at, fields, maps } from './kube-object.ts';

const read = (name: string) => readFileSync(join(chart, name), 'utf8');
const schema = fields(JSON.parse(read('values.schema.json')));
const whole = withoutReferences(nodeOf(schema));
const defaults = fields(parse(read('values.yaml')));
/** Filled from other places: `global` is Helm's own. */
const OPEN = ['properties.global'];
/** Values whose default is left to the pool, or which have none. */
const UNSET = /^pools\.|^config\.|^modelOptions\.settings\.|^global/;

describe('values.schema.json', () => {
  it('is what the code makes (else: npm run docs)', () => {
    expect(read('values.schema.json')).toBe(chartDocs().schema);
  });

  it('is not ignored by Helm', () => {
    const ignored = read('.helmignore')
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(ignored.filter((line) => /schema|\.json/.test(line))).toEqual([]);
  });

  it('lets no unknown value through, at any depth', () => {
    const open = [...maps(schema)].filter(
      ({ path, map }) => map.type === 'object' && !OPEN.includes(path) && !isClosed(map),
    );
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  it('explains every value', () => {
    const silent = leaves(whole).filter(({ node }) => typeof node.description !== 'string');
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

describe('values.yaml', () => {
  it('has every value the schema has', () => {
    const missing = leaves(whole).filter(({ path }) => !UNSET.test(path) && at(defaults, path) === undefined);
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it('says of nearly every line what it means', () => {
    const lines = read('values.yaml').split('\n');
    expect(lines.filter((line) => line.includes('#')).length).toBeGreaterThan(70);
  });
});

it('README.md has the table of the schema (else: npm run docs)', () => {
  expect(read('README.md')).toBe(chartDocs().readme);
});

/** No member but those named, or all of one kind. */
function isClosed(map: Readonly<Record<string, unknown>>): boolean {
  const { additionalProperties } = map;
  return additionalProperties === false || Object.keys(fields(additionalProperties)).length > 0;
}

interface Leaf {
  readonly path: string;
  readonly node: Readonly<Record<string, unknown>>;
}

/** Values the chart defines itself; what Kubernetes or docs/configuration.md define stops there. */
function leaves(node: Readonly<Record<string, unknown>>, path = ''): Leaf[] {
  const properties = Object.entries(fields(node, 'properties'));
  const isForeign = /(affinity|config|settings)$/.test(path);
  if (properties.length === 0 || isForeign) return path === '' ? [] : [{ path, node }];
  return properties.flatMap(([name, child]) => leaves(fields(child), path === '' ? name : `${path}.${name}`));
}
