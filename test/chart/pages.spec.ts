// docs/kubernetes.md, docs/gpu-nodes.md and the READMEs beside the chart say what is there.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settingsJsonSchema } from '#config';
import { nodeOf, withoutReferences } from '../../scripts/chart/schema-node.ts';
import { render, root } from './chart.ts';
import { fields } from './kube-object.ts';
import { GATEWAY_CALLS, SCALER_CALLS } from './rbac-calls.ts';
import { MODEL, PRESETS } from './renderings.ts';

const read = (page: string) => readFileSync(join(root, page), 'utf8');
const schema = withoutReferences(nodeOf(JSON.parse(read('helm/ropeway/values.schema.json'))));
const settings = withoutReferences(nodeOf(settingsJsonSchema()));
/** Sections whose names a page may begin a value with. */
const roots = new Set([...namesIn(schema), ...namesIn(settings), ...namesIn(memberOf(schema, 'workers'))]);

describe.each(['docs/kubernetes.md', 'docs/gpu-nodes.md', 'deploy/README.md', 'helm/ropeway/README.md'])(
  '%s',
  (page) => {
    it('links only to what exists', () => {
      const links = [...read(page).matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
      expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
    });

    it('names only values and settings that exist', () => {
      const named = [...read(page).matchAll(/`([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+)\b[^`]*`/g)]
        .map((match) => match[1] ?? '')
        .filter((path) => roots.has(path.split('.')[0] ?? '') && !/\.(yaml|md|ts)$/.test(path));
      const isKnown = (path: string) =>
        isIn(schema, path) || isIn(settings, path) || isIn(memberOf(schema, 'workers'), path);
      expect(named.filter((path) => !isKnown(path))).toEqual([]);
    });
  },
);

it('docs/kubernetes.md shows a refusal as it is', () => {
  const pools = [
    { name: 'default', rope: { type: 'default' } },
    { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, window: 200_000 },
  ];
  const shown = /These values do not fit together:\n {2}- .+/.exec(read('docs/kubernetes.md'))?.[0];
  expect(render({ values: { model: MODEL, pools } }).refusal).toContain(String(shown));
});

it('docs/kubernetes.md shows pools that can be installed', () => {
  const [, example = ''] = /```yaml\n(model: [\s\S]*?)```/.exec(read('docs/kubernetes.md')) ?? [];
  expect(example).toContain('yarn-2');
  // JSON is YAML, but not the other way round: the chart is given the page's own text.
  expect(render({ text: example }).refusal).toBe('');
});

it('docs/kubernetes.md says what accounts may', () => {
  const page = read('docs/kubernetes.md');
  const verbs = (calls: readonly { readonly verbs: readonly string[] }[]) => calls[0]?.verbs.join(' and ');
  expect(page).toContain(`| gateway | ${verbs(GATEWAY_CALLS.pods)} pods;`);
  expect(page).toContain(`| scaler | ${verbs(SCALER_CALLS)} pods |`);
});

it('helm/ropeway/README.md names each preset', () => {
  for (const preset of PRESETS) expect(read('helm/ropeway/README.md')).toContain(`(presets/${preset}.yaml)`);
});

it('presets and page agree on what KV memory holds', () => {
  const page = read('docs/gpu-nodes.md');
  for (const [preset, tokens] of [
    ['1x-h200', '265,000'],
    ['4x-h100', '322,000'],
    ['8x-a100-80', '322,000'],
  ] as const) {
    expect(read(`helm/ropeway/presets/${preset}.yaml`)).toContain(tokens);
    expect(page).toContain(tokens);
  }
});

/** The arithmetic of the presets' comments: cards x (0.92 x memory - weights / cards - 3 GiB), 4,096 tokens a GiB. */
it.each([
  { cards: 1, memoryGiB: 139.8, tokens: 265_000 },
  { cards: 2, memoryGiB: 79.1, tokens: 322_000 },
  { cards: 1, memoryGiB: 79.1, tokens: 35_800 },
  { cards: 4, memoryGiB: 79.1, tokens: 893_000 },
  { cards: 2, memoryGiB: 139.8, tokens: 779_000 },
])('$cards cards of $memoryGiB GiB hold $tokens tokens', ({ cards, memoryGiB, tokens }) => {
  const counted = cards * (0.92 * memoryGiB - 61.03 / cards - 3) * 4_096;
  expect(Math.abs(counted - tokens) / tokens).toBeLessThan(0.005);
});

function memberOf(node: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return fields(fields(node, 'properties')[name]);
}

function namesIn(node: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields(node, 'properties'));
}

function isIn(node: Readonly<Record<string, unknown>>, path: string): boolean {
  const [name = '', ...rest] = path.split('.');
  if (!(name in fields(node, 'properties')))
    return fields(node).type === 'object' && namesIn(node).length === 0;
  return rest.length === 0 || isIn(memberOf(node, name), rest.join('.'));
}
