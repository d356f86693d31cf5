// The runbooks' commands for kubectl and Helm, as far as they can be tried without a cluster: the programs have them, and what they
// name is what the chart installs as deploy/overlays/full does.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BUILDS, rendered } from '../../scripts/chart/deploy-tree.ts';
import { kubeTools } from '../../scripts/kube-tools.mjs';
import { runbookCommands, runbookShells } from '../docs/runbook-commands.ts';
import { root } from './chart.ts';
import { fields, list, maps, number, text } from './kube-object.ts';
import { type CalledSo, readCall } from './program-flags.ts';

const objects = [...rendered(BUILDS['overlays/full'] ?? []).values()];
const templates = objects.flatMap((object) => {
  const template = fields(object, 'spec.template');
  return fields(template, 'spec').containers === undefined ? [] : [{ object, template }];
});

interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** What there is of a kind, in the words of kubectl; null: others make them (KEDA, cert-manager, the bootstrap, Kubernetes). */
const KINDS: Readonly<Record<string, readonly Labelled[] | null>> = {
  pod: templates.map(({ template }) => ({ name: '', labels: fields(template, 'metadata.labels') })),
  deploy: ofKind('Deployment'),
  statefulset: ofKind('StatefulSet'),
  configmap: ofKind('ConfigMap'),
  role: ofKind('Role'),
  scaledobject: ofKind('ScaledObject'),
  // With the labels of the Service.
  endpointslice: ofKind('Service'),
  secret: secrets(),
  hpa: null,
  certificate: null,
  certificaterequest: null,
};

const kubectl = runbookCommands('kubectl');
const ours = kubectl.filter(({ words }) => words.join(' ').includes('-n ropeway'));

it('there are commands to look at', () => {
  expect(ours.length).toBeGreaterThan(40);
  expect(KINDS.pod?.length).toBeGreaterThan(5);
});

it.each(kubectl)('kubectl takes `$line` ($page), and is told the namespace', ({ words }) => {
  const { path, flags } = readCall('kubectl', words);
  const namespace = flags.get('--namespace');
  // What others have installed is where they put it; a raw path is of no namespace.
  if (!flags.has('--raw')) expect(['ropeway', 'keda']).toContain(namespace);
  expect(path.join(' ')).toMatch(
    /^(?:get|describe|top \w+|edit|logs|exec|port-forward|scale|patch|rollout \w+|auth can-i)$/,
  );
});

it.each(ours)('the chart has what `$line` names ($page)', ({ words }) => {
  const call = readCall('kubectl', words);
  for (const { kind, name } of targetsOf(call)) {
    expect(Object.keys(KINDS)).toContain(kind);
    const there = KINDS[kind] ?? null;
    if (name !== null) expect(there?.map((one) => one.name)).toContain(name);
    for (const selector of selectorsOf(call.flags.get('--selector')))
      expect(there?.filter(({ labels }) => isSelected(labels, selector))).not.toEqual([]);
    for (const label of call.flags.get('--label-columns')?.split(',') ?? [])
      expect(there?.some(({ labels }) => label in labels)).toBe(true);
  }
});

it.each(ours.filter(({ words }) => words.includes('port-forward')))(
  'a container listens where `$line` goes ($page)',
  ({ words }) => {
    const [target = '', ports = ''] = readCall('kubectl', words).operands;
    const listening = containersOf(target).flatMap((container) =>
      list(container, 'ports').map((port) => number(port, 'containerPort')),
    );
    expect(listening).toContain(Number(ports.split(':').at(-1)));
  },
);

it.each(ours.filter(({ words }) => words.includes('exec')))(
  'the container has the program, the files and the variables of `$line` ($page)',
  ({ words }) => {
    const { operands, inPod } = readCall('kubectl', words);
    const [container] = containersOf(operands[0] ?? '');
    const [shell, , script = ''] = inPod;
    const [program = ''] = shell === 'sh' ? script.split(' ') : inPod;
    expect(text(container, 'image')).toContain(PROGRAMS[program] ?? 'no such program');
    const variables = list(container, 'env').map((variable) => text(variable, 'name'));
    for (const [, name] of script.matchAll(/\$(\w+)/g)) expect(variables).toContain(name);
    const folders = list(container, 'volumeMounts').map((mount) => text(mount, 'mountPath'));
    for (const file of inPod.filter((word) => word.startsWith('/')))
      expect(folders.some((folder) => file.startsWith(`${folder}/`))).toBe(true);
  },
);
/** Of which image each is. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ropeway: 'ropeway',
  'valkey-cli': 'valkey',
  pg_dump: 'postgres',
  pg_restore: 'postgres',
  psql: 'postgres',
};

it('asks pods by a selector for their logs only so that one that has none does not hide the others', () => {
  const logs = kubectl.filter(({ words }) => words.includes('logs') && words.includes('-l'));
  expect(logs.length).toBeGreaterThan(10);
  expect(logs.filter(({ words }) => !words.includes('--ignore-errors'))).toEqual([]);
});

it('takes a rollout back together with its configuration, which `rollout undo` leaves as it is', () => {
  expect(kubectl.filter(({ words }) => words.join(' ').includes('rollout undo'))).toEqual([]);
});

it('names the replicas that the chart sets wherever they are scaled by hand: an upgrade stops at others', () => {
  const set = objects.filter(({ spec }) => typeof fields(spec).replicas === 'number');
  const scaled = ours.filter(({ words }) => {
    const [target] = words.includes('scale') ? readCall('kubectl', words).operands : [];
    return set.some(({ metadata }) => target === `deploy/${metadata.name}`);
  });
  expect(scaled.length).toBeGreaterThan(1);
  const pages = new Set(scaled.map(({ page }) => page));
  for (const page of pages)
    expect(readFileSync(join(root, page), 'utf8')).toMatch(/`gateway\.replicas`|with as many as before/);
});

it('restores in one transaction: gateways go on meanwhile, and must not see keys without their tenants', () => {
  const restores = runbookShells.flatMap(({ text: shell }) => shell.match(/pg_restore -.*/g) ?? []);
  expect(restores.length).toBeGreaterThan(1);
  for (const line of restores) expect(line).toContain('--single-transaction');
});

it.each(ours.filter(({ line }) => line.includes('jsonpath') && line.includes('configmap')))(
  'kubectl finds something by the path of `$line` ($page)',
  ({ words }) => {
    const call = readCall('kubectl', words);
    const [kind = '', name = ''] = call.operands;
    const object = objects.find((each) => each.kind.toLowerCase() === kind && each.metadata.name === name);
    const args = ['annotate', '--local', '-f', '-', 'a=b', '-o', call.flags.get('--output') ?? ''];
    const { stdout, stderr } = spawnSync(kubeTools().kubectl, args, {
      input: JSON.stringify(object),
      encoding: 'utf8',
    });
    expect([stderr, stdout.length > 100]).toEqual(['', true]);
  },
);

it.each(kubectl.filter(({ words }) => words.includes('--as') || words.join(' ').includes('--as=')))(
  'the account of `$line` is one of the chart, and may ($page)',
  ({ words }) => {
    const { operands, flags } = readCall('kubectl', words);
    const [, , namespace, account] = flags.get('--as')?.split(':') ?? [];
    expect(namespace).toBe('ropeway');
    expect(ofKind('ServiceAccount').map(({ name }) => name)).toContain(account);
    const [verb, resource] = operands;
    const rules = objects.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === account);
    const allowed = rules
      .flatMap((role) => list(role, 'rules'))
      .filter((rule) => list(rule, 'verbs').includes(verb) && list(rule, 'resources').includes(resource));
    expect(allowed).not.toEqual([]);
  },
);

it.each(runbookCommands('helm'))('Helm takes `$line`, of the release `ropeway` ($page)', ({ words }) => {
  const { flags, operands } = readCall('helm', words);
  expect([flags.get('--namespace'), operands[0]]).toEqual(['ropeway', 'ropeway']);
});

it.each(settings())('the chart takes %s', (setting) => {
  expect(rendered([...(BUILDS.base ?? []), '--set', setting]).size).toBeGreaterThan(20);
});

function ofKind(wanted: string): readonly Labelled[] {
  return objects
    .filter(({ kind }) => kind === wanted)
    .map(({ metadata: { name, labels = {} } }) => ({ name, labels }));
}

/** Those that pods mount or take variables of. */
function secrets(): readonly Labelled[] {
  return objects.flatMap((object) =>
    [...maps(object)].flatMap(({ path, map }) => {
      const name =
        map.secretName ?? (path.endsWith('secretKeyRef') || path.endsWith('secret') ? map.name : null);
      return typeof name === 'string' ? [{ name, labels: {} }] : [];
    }),
  );
}

function targetsOf({
  path,
  operands,
}: CalledSo): readonly { readonly kind: string; readonly name: string | null }[] {
  const [first = '', second] = path[0] === 'top' ? path.slice(1) : operands;
  if (path[0] === 'auth' || first === '') return path[0] === 'logs' ? [{ kind: 'pod', name: null }] : [];
  if (first.includes('/')) {
    const [kind = '', name = ''] = first.split('/');
    return [{ kind: singular(kind), name }];
  }
  return first.split(',').map((kind) => ({ kind: singular(kind), name: second ?? null }));
}

function singular(kind: string): string {
  return kind.replace(/s$/, '');
}

/** `a=b`, or `a in (b,c)`: then each of them is to be there. */
function selectorsOf(selector: string | undefined): readonly string[] {
  const [, label, values] = /^(\S+) in \((.+)\)$/.exec(selector ?? '') ?? [];
  if (values !== undefined) return values.split(',').map((value) => `${label}=${value}`);
  return selector === undefined ? [] : [selector];
}

function isSelected(labels: Labelled['labels'], selector: string): boolean {
  return selector.split(',').every((one) => {
    const [name = '', value] = one.split('=');
    return labels[name] === value;
  });
}

function containersOf(target: string): readonly unknown[] {
  const [kind = '', name] = target.split('/');
  const full = { deploy: 'Deployment', statefulset: 'StatefulSet' }[kind];
  const found = templates.find(({ object }) => object.kind === full && object.metadata.name === name);
  return list(found?.template, 'spec.containers');
}

/** What pages say to set. */
function settings(): readonly string[] {
  return runbookShells.flatMap(({ text: shell }) =>
    [...shell.matchAll(/--set '([^']+)'/g)].map(([, one = '']) => one),
  );
}
