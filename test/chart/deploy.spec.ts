// deploy/ is the chart, rendered: no drift, and every folder builds to what Helm itself would render.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { BUILDS, deployTree, rendered } from '../../scripts/chart/deploy-tree.ts';
import { jsonPatch } from '../../scripts/chart/json-patch.ts';
import { kubeTools } from '../../scripts/kube-tools.mjs';
import { root } from './chart.ts';
import { fields, type KubeObject, list, text } from './kube-object.ts';

const deploy = join(root, 'deploy');
const built = (folder: string): readonly KubeObject[] => {
  const { status, stdout, stderr } = spawnSync(kubeTools().kubectl, ['kustomize', join(deploy, folder)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
};

describe('deploy/', () => {
  it('is what the chart renders now (else: npm run deploy:render)', () => {
    const there = globSync('{base,components,overlays}/**/*.yaml', { cwd: deploy }).toSorted();
    const tree = deployTree();
    expect(there).toEqual([...tree.keys()].toSorted());
    for (const [path, content] of tree)
      expect([path, readFileSync(join(deploy, path), 'utf8')]).toEqual([path, content]);
  });

  it.each(Object.entries(BUILDS))('%s builds to what Helm renders, in the namespace', (folder, flags) => {
    const objects = built(folder).filter(({ kind }) => kind !== 'Namespace');
    const wanted = rendered(flags);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted()).toEqual(
      [...wanted.keys()].toSorted(),
    );
    for (const object of objects) {
      const { namespace, ...metadata } = object.metadata;
      expect(namespace).toBe('ropeway');
      expect({ ...object, metadata }).toEqual(wanted.get(`${object.kind}/${metadata.name}`));
    }
  });

  it('builds every folder that has a kustomization', () => {
    const folders = globSync('**/kustomization.yaml', { cwd: deploy }).map((file) => join(file, '..'));
    const own = folders.filter((folder) => !folder.startsWith('components'));
    expect(own.toSorted()).toEqual(Object.keys(BUILDS).toSorted());
    for (const folder of folders) expect(existsSync(join(deploy, folder, 'kustomization.yaml'))).toBe(true);
  });
});

describe('a patch', () => {
  it('says what is added, gone and otherwise, with lists as a whole', () => {
    const before = { a: 1, b: { 'x/y': 1, '~': 2 }, c: [1, 2], d: 1 };
    const after = { a: 1, b: { 'x/y': 2, '~': 2, n: { m: 1 } }, c: [1, 3] };
    expect(jsonPatch(before, after)).toEqual([
      { op: 'remove', path: '/d' },
      { op: 'replace', path: '/b/x~1y', value: 2 },
      { op: 'add', path: '/b/n', value: { m: 1 } },
      { op: 'replace', path: '/c', value: [1, 3] },
    ]);
    expect(jsonPatch(before, before)).toEqual([]);
  });
});

describe('deploy/nodes', () => {
  const read = (file: string): Readonly<Record<string, unknown>> =>
    fields(parse(readFileSync(join(deploy, 'nodes', file), 'utf8')));
  const worker = [...rendered(BUILDS.base ?? []).values()].find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'ropeway-yarn-4',
  );
  const pod = fields(worker, 'spec.template.spec');
  const tolerated = new Set(list(pod, 'tolerations').map((one) => text(one, 'key')));
  const graceSeconds = Number(pod.terminationGracePeriodSeconds);
  /** What the values beside the examples make workers ask for. */
  const wanted = fields(read('values.yaml'), 'nodeSelector');

  it('has a Karpenter NodePool whose nodes workers ask for, may run on, and can be drained from', () => {
    const pool = read('karpenter/nodepool.yaml');
    expect(fields(pool, 'spec.template.metadata.labels')).toMatchObject(wanted);
    for (const taint of list(pool, 'spec.template.spec.taints'))
      expect(tolerated).toContain(text(taint, 'key'));
    expect(secondsOf(text(pool, 'spec.template.spec.terminationGracePeriod'))).toBeGreaterThan(graceSeconds);
    expect(text(pool, 'spec.disruption.consolidationPolicy')).toBe('WhenEmpty');
    const nodeClass = read('karpenter/ec2nodeclass.yaml');
    expect(text(pool, 'spec.template.spec.nodeClassRef.name')).toBe(text(nodeClass, 'metadata.name'));
  });

  it('has a node group the cluster autoscaler knows while it has no node', () => {
    const [group] = list(read('cluster-autoscaler/eks-nodegroup.yaml'), 'managedNodeGroups');
    const prefix = 'k8s.io/cluster-autoscaler/node-template';
    const tags = fields(group, 'tags');
    expect(fields(group).minSize).toBe(0);
    for (const [name, value] of Object.entries(wanted)) {
      expect(fields(group, 'labels')).toMatchObject({ [name]: value });
      expect(tags[`${prefix}/label/${name}`]).toBe(value);
    }
    for (const taint of list(group, 'taints')) {
      expect(tolerated).toContain(text(taint, 'key'));
      expect(tags[`${prefix}/taint/${text(taint, 'key')}`]).toBe(
        `${text(taint, 'value')}:${text(taint, 'effect')}`,
      );
    }
    expect(Number(tags[`${prefix}/resources/nvidia.com/gpu`])).toBeGreaterThanOrEqual(2);
  });

  it('lets the cluster autoscaler wait until answers are finished', () => {
    const values = read('cluster-autoscaler/values.yaml');
    expect(Number(fields(values, 'extraArgs')['max-graceful-termination-sec'])).toBeGreaterThan(graceSeconds);
  });
});

function secondsOf(duration: string): number {
  const [, minutes = 'NaN'] = /^(\d+)m$/.exec(duration) ?? [];
  return Number(minutes) * 60;
}
