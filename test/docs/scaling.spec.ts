// docs/scaling.md names metrics, settings and metadata; each must be one.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { configurationTable } from '#config';
import { METRICS } from '#telemetry';

const page = readFileSync('docs/scaling.md', 'utf8');
const answers = readFileSync('apps/scaler/src/grpc/scaler-answers.ts', 'utf8');

it('names only metrics that exist', () => {
  const known = new Set<string>(Object.values(METRICS).map(({ name }) => name));
  const named = [...page.matchAll(/\bropeway_\w+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

it('names only settings that exist', () => {
  const table = configurationTable();
  const named = [...page.matchAll(/`((?:scaler|waiting)\.[\w.]+)`/g)].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

it('shows triggers whose metadata the scaler reads, as strings', () => {
  const [, yaml = ''] = /```yaml\n(apiVersion: [\s\S]*?)```/.exec(page) ?? [];
  const [document] = parseAllDocuments(yaml);
  const { metadata } = document?.toJS().spec.triggers[0] ?? {};
  expect(Object.keys(metadata)).toEqual(['scalerAddress', 'pool', 'targetTokens', 'targetKvUsage']);
  for (const value of Object.values(metadata)) expect(typeof value).toBe('string');
  for (const name of ['pool', 'targetTokens', 'targetKvUsage']) expect(answers).toContain(name);
});

it('names the signals as KEDA is told them', () => {
  for (const name of ['demand_tokens', 'kv_usage']) {
    expect(page).toContain(`| \`${name}\` |`);
    expect(answers).toContain(`'${name}'`);
  }
});
