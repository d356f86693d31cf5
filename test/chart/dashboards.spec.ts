// The boards reach Grafana as they are: one ConfigMap each, none of it taken for a template.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { chart, type HelmMajor, objectsOf } from './chart.ts';
import { fields, type KubeObject, named, ofKind } from './kube-object.ts';
import { MODEL } from './renderings.ts';

const files = globSync('dashboards/*.json', { cwd: chart }).map((file) => basename(file));
const withBoards = (dashboards: object) => ({ values: { model: MODEL, monitoring: { dashboards } } });

describe.each<HelmMajor>(['helm', 'helm3'])('%s', (major) => {
  const objects = objectsOf(withBoards({ enabled: true }), major);

  it.each(files)('gives %s to Grafana byte for byte, within what kubectl apply takes', (file) => {
    const map = named(objects, 'ConfigMap', `r-ropeway-dashboard-${file.slice('ropeway-'.length, -5)}`);
    expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(map.metadata.annotations).toEqual({ grafana_folder: 'Ropeway' });
    expect(fields(map, 'data')).toEqual({ [file]: readFileSync(join(chart, 'dashboards', file), 'utf8') });
    expect(Buffer.byteLength(JSON.stringify(map))).toBeLessThan(256 * 1024);
  });

  it('keeps the legends: their braces are Grafana’s, not Helm’s', () => {
    expect(JSON.stringify(boardsOf(objects))).toContain('{{pod}} {{instance}}');
  });
});

it('puts them where and under the label that the values say', () => {
  const objects = objectsOf(withBoards({ enabled: true, label: 'boards', labelValue: 'yes', folder: 'GPU' }));
  for (const { metadata } of boardsOf(objects)) {
    expect(metadata.labels).toMatchObject({ boards: 'yes' });
    expect(metadata.annotations).toEqual({ grafana_folder: 'GPU' });
  }
  expect(boardsOf(objects)).toHaveLength(files.length);
});

it('leaves them out unless they are asked for', () => {
  expect(boardsOf(objectsOf({ values: { model: MODEL } }))).toEqual([]);
});

function boardsOf(objects: readonly KubeObject[]): readonly KubeObject[] {
  return ofKind(objects, 'ConfigMap').filter(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'dashboard',
  );
}
