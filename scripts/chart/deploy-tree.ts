// deploy/: the chart rendered for those who apply plain manifests or build on kustomize. A base without any operator; what
// KEDA and the Prometheus operator add, as components; the rehearsal, as an overlay. `npm run deploy:render` writes it, and a
// test renders again and compares.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { kubeTools } from '../kube-tools.mjs';
import { jsonPatch, type Operation } from './json-patch.ts';
import type { Node } from './schema-node.ts';

/** Paths below deploy/ and what they hold. */
type Tree = ReadonlyMap<string, string>;

interface KubeObject extends Node {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const chart = join(import.meta.dirname, '..', '..', 'helm', 'ropeway');
const NAMESPACE = 'ropeway';
const MADE = '# Made by `npm run deploy:render` from helm/ropeway: change that instead.\n';
/** Helm manages nothing of this. */
const HELM_LABELS = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];
const KEDA = ['--api-versions', 'keda.sh/v1alpha1'];
const PROMETHEUS = ['--api-versions', 'monitoring.coreos.com/v1'];
const MODEL = ['--set', 'model=Qwen/QwQ-32B'];

/** What each folder comes to when kustomize has built it: the chart rendered so. */
export const BUILDS: Readonly<Record<string, readonly string[]>> = {
  base: MODEL,
  'overlays/keda': [...MODEL, ...KEDA],
  'overlays/full': [...MODEL, ...KEDA, ...PROMETHEUS],
  'overlays/rehearsal': ['--values', join(chart, 'presets', 'rehearsal.yaml'), ...KEDA],
};

export function deployTree(): Tree {
  const base = rendered(MODEL);
  const withKeda = rendered([...MODEL, ...KEDA]);
  const withPrometheus = rendered([...MODEL, ...PROMETHEUS]);
  const withBoth = rendered(BUILDS['overlays/full'] ?? []);
  const rehearsal = rendered(BUILDS['overlays/rehearsal'] ?? []);
  const known = new Set([...withKeda.keys(), ...withPrometheus.keys()]);
  const files = new Map<string, string>();
  addBase(files, base);
  addDifference(files, 'components/keda', base, withKeda, []);
  addDifference(files, 'components/prometheus', base, withPrometheus, []);
  addDifference(files, 'overlays/rehearsal', withKeda, rehearsal, ['../keda']);
  overlay(files, 'overlays/keda', { resources: ['../../base'], components: ['../../components/keda'] });
  const monitors = [...withBoth].filter(([id]) => !known.has(id)).map(([, object]) => object);
  files.set('overlays/full/scaler-monitor.yaml', documents(monitors));
  overlay(files, 'overlays/full', {
    resources: ['../../base', 'scaler-monitor.yaml'],
    components: ['../../components/keda', '../../components/prometheus'],
  });
  return files;
}

/** One file a component, so that people find what they look for. */
function addBase(files: Map<string, string>, base: ReadonlyMap<string, KubeObject>): void {
  const groups = Map.groupBy(base.values(), componentOf);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  files.set('base/namespace.yaml', documents([namespace]));
  for (const [component, objects] of groups) files.set(`base/${component}.yaml`, documents(objects));
  kustomization(files, 'base', 'Kustomization', {
    namespace: NAMESPACE,
    resources: ['namespace.yaml', ...[...groups.keys()].toSorted().map((component) => `${component}.yaml`)],
  });
}

/** What `after` has more, as resources; what it has otherwise or not at all, as patches. An overlay builds on others, a component on none. */
function addDifference(
  files: Map<string, string>,
  folder: string,
  before: ReadonlyMap<string, KubeObject>,
  after: ReadonlyMap<string, KubeObject>,
  on: readonly string[],
): void {
  const gone = [...before].filter(([id]) => !after.has(id)).map(([, object]) => deletion(object));
  const more = [...after].filter(([id]) => !before.has(id)).map(([, object]) => object);
  const groups = Map.groupBy(more, componentOf);
  for (const [component, objects] of groups) files.set(`${folder}/${component}.yaml`, documents(objects));
  const patches = [...after].flatMap(([id, object]) => {
    const operations = jsonPatch(before.get(id), object);
    if (!before.has(id) || operations.length === 0) return [];
    const { kind, metadata } = object;
    return [{ target: { kind, name: metadata.name }, patch: yaml(operations.map(withOpLast)) }];
  });
  kustomization(files, folder, on.length === 0 ? 'Component' : 'Kustomization', {
    namespace: NAMESPACE,
    resources: [...on, ...[...groups.keys()].toSorted().map((component) => `${component}.yaml`)],
    patches: [...gone, ...patches],
  });
}

/** kustomize trims what a patch ends with, and with it the last newline of a text: so no text stands there. */
function withOpLast({ op, ...rest }: Operation): Node {
  return { ...rest, op };
}

function deletion({ apiVersion, kind, metadata }: KubeObject): Node {
  return { patch: yaml({ $patch: 'delete', apiVersion, kind, metadata: { name: metadata.name } }) };
}

function overlay(files: Map<string, string>, folder: string, parts: Node): void {
  kustomization(files, folder, 'Kustomization', { namespace: NAMESPACE, ...parts });
}

function kustomization(files: Map<string, string>, folder: string, kind: string, parts: Node): void {
  const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
  const kept = Object.entries(parts).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  const content = { apiVersion: `kustomize.config.k8s.io/${version}`, kind, ...Object.fromEntries(kept) };
  files.set(`${folder}/kustomization.yaml`, MADE + yaml(content));
}

/** By kind and name, without what Helm marks its own with. */
export function rendered(flags: readonly string[]): ReadonlyMap<string, KubeObject> {
  const args = ['template', 'ropeway', chart, '--namespace', NAMESPACE, ...flags];
  const { status, stdout, stderr } = spawnSync(kubeTools().helm, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`helm ${args.join(' ')} failed: ${stderr}`);
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null)
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== 'test');
  return new Map(
    objects.map((object) => [`${object.kind}/${object.metadata.name}`, withoutHelm(object) as KubeObject]),
  );
}

function withoutHelm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHelm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !HELM_LABELS.includes(key))
      .map(([key, child]) => [key, withoutHelm(child)]),
  );
}

function componentOf({ metadata }: KubeObject): string {
  return metadata.labels?.['app.kubernetes.io/component'] ?? 'other';
}

function documents(objects: readonly unknown[]): string {
  return `${MADE}${objects.map(yaml).join('---\n')}`;
}

function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
