// The chart rendered by real Helm, once for each set of values: what every spec beside this looks at.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kubeTools } from '../../scripts/kube-tools.mjs';
import type { KubeObject } from './kube-object.ts';

export const root = join(import.meta.dirname, '..', '..');
export const chart = join(root, 'helm', 'ropeway');
const NAMESPACE = 'models';
const RELEASE = 'r';
/** What a cluster with KEDA and the Prometheus operator says it has. */
const OPERATORS = ['keda.sh/v1alpha1', 'monitoring.coreos.com/v1'];

export type HelmMajor = 'helm' | 'helm3';

export interface Rendering {
  /** Preset files, by name, under the values. */
  readonly preset?: string;
  readonly values?: unknown;
  /** Values as a page writes them, instead. */
  readonly text?: string;
  /** API versions the cluster has beside Kubernetes' own. */
  readonly has?: readonly string[];
  /** As in an upgrade: hooks and notes differ. */
  readonly isUpgrade?: boolean;
}

interface Rendered {
  readonly objects: readonly KubeObject[];
  /** Empty when it rendered. */
  readonly refusal: string;
}

const done = new Map<string, Rendered>();
/** Specs run in processes of their own: what one has rendered of this very chart, the others read. */
const kept = join(tmpdir(), `ropeway-chart-${hashOfChart()}`);

export function render(rendering: Rendering, major: HelmMajor = 'helm'): Rendered {
  const key = hashOf([JSON.stringify([rendering, major])]);
  const rendered = done.get(key) ?? readKept(key) ?? keep(key, renderNow(rendering, major));
  done.set(key, rendered);
  return rendered;
}

function readKept(key: string): Rendered | undefined {
  const file = join(kept, key);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Rendered) : undefined;
}

/** Written aside and renamed: nobody reads half of it. */
function keep(key: string, rendered: Rendered): Rendered {
  mkdirSync(kept, { recursive: true });
  const draft = join(kept, `${key}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(rendered));
  renameSync(draft, join(kept, key));
  return rendered;
}

function hashOfChart(): string {
  const files = globSync('**', { cwd: chart })
    .toSorted()
    .filter((file) => statSync(join(chart, file)).isFile());
  return hashOf(files.flatMap((file) => [file, readFileSync(join(chart, file), 'utf8')]));
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const one of texts) hash.update(one).update('\0');
  return hash.digest('hex').slice(0, 24);
}

/** The objects; throws Helm's own words when it refuses. */
export function objectsOf(rendering: Rendering, major: HelmMajor = 'helm'): readonly KubeObject[] {
  const { objects, refusal } = render(rendering, major);
  if (refusal !== '') throw new Error(refusal);
  return objects;
}

function renderNow({ has = OPERATORS, isUpgrade = false, ...rest }: Rendering, major: HelmMajor): Rendered {
  const flags = [...has.flatMap((one) => ['--api-versions', one]), ...(isUpgrade ? ['--is-upgrade'] : [])];
  const { status, stdout, stderr } = helm(
    major,
    ['template', RELEASE, chart, '--namespace', NAMESPACE, ...flags],
    rest,
  );
  if (status !== 0) return { objects: [], refusal: stderr };
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  return { objects, refusal: '' };
}

/** Runs Helm on the values of a rendering. */
export function helm(major: HelmMajor, args: readonly string[], { preset, values, text }: Rendering) {
  const input = text ?? (values === undefined ? '' : JSON.stringify(values));
  const files = preset === undefined ? [] : ['--values', join(chart, 'presets', `${preset}.yaml`)];
  return spawnSync(kubeTools()[major], [...args, ...files, ...(input === '' ? [] : ['--values', '-'])], {
    encoding: 'utf8',
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
}
