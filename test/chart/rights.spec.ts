// Rights: exactly what the code asks of Kubernetes, in this namespace, and a token only for those who ask.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import { component, fields, type KubeObject, list, named, ofKind, text, workloads } from './kube-object.ts';
import {
  type ApiCall,
  BOOTSTRAP_CALLS,
  type DiscoveryMode,
  GATEWAY_CALLS,
  SCALER_CALLS,
} from './rbac-calls.ts';
import { MODEL, RENDERINGS, renderings } from './renderings.ts';

const callsOf = (role: KubeObject): ApiCall[] =>
  list(role, 'rules').map((rule) => {
    const [apiGroup, ...otherGroups] = list(rule, 'apiGroups');
    const [resource, ...otherResources] = list(rule, 'resources');
    expect([...otherGroups, ...otherResources]).toEqual([]);
    const isNamed = list(rule, 'resourceNames').length > 0;
    return {
      apiGroup: String(apiGroup),
      resource: String(resource),
      verbs: list(rule, 'verbs').map(String),
      ...(isNamed ? { isNamed } : {}),
    };
  });

it.each(['pods', 'endpointslices', 'inferencepool'] satisfies DiscoveryMode[])(
  'grants a gateway that discovers by %s what it asks, and nothing else',
  (mode) => {
    const objects = objectsOf({ values: { model: MODEL, discovery: { mode } } });
    expect(callsOf(named(objects, 'Role', 'r-ropeway-gateway'))).toEqual(GATEWAY_CALLS[mode]);
  },
);

it('grants the scaler what it asks, and nothing else', () => {
  const role = named(objectsOf({ values: { model: MODEL } }), 'Role', 'r-ropeway-scaler');
  expect(callsOf(role)).toEqual(SCALER_CALLS);
});

it('grants the bootstrap Job to make Secrets, and to read only those it makes', () => {
  const objects = objectsOf({ values: { model: MODEL } });
  const role = named(objects, 'Role', 'r-ropeway-bootstrap');
  expect(callsOf(role)).toEqual(BOOTSTRAP_CALLS);
  const made = list(named(objects, 'Job', 'r-ropeway-bootstrap'), 'spec.template.spec.containers.0.args')
    .map((arg) => /^--(?:\w+)-secret=(.+)$/.exec(String(arg))?.[1])
    .filter((name) => name !== undefined);
  expect(list(role, 'rules.1.resourceNames').toSorted()).toEqual(made.toSorted());
});

describe.each(renderings)('$name', ({ rendering }) => {
  const objects = () => objectsOf(rendering);

  it('reaches no other namespace', () => {
    expect(ofKind(objects(), 'ClusterRole', 'ClusterRoleBinding')).toEqual([]);
    for (const binding of ofKind(objects(), 'RoleBinding')) {
      const role = text(binding, 'roleRef.name');
      named(objects(), 'Role', role);
      expect(list(binding, 'subjects')).toEqual([
        { kind: 'ServiceAccount', name: binding.metadata.name, namespace: 'models' },
      ]);
    }
  });

  it('gives each pod an account of its own component, and a token only where there is a Role', () => {
    const roles = new Set(ofKind(objects(), 'Role').map(({ metadata }) => metadata.name));
    for (const workload of workloads(objects())) {
      const pod = fields(workload, 'spec.template.spec');
      const account = text(pod, 'serviceAccountName');
      expect(pod.automountServiceAccountToken).toBe(account !== '' && roles.has(account));
      if (account === '') continue;
      expect(named(objects(), 'ServiceAccount', account).automountServiceAccountToken).toBe(false);
      if (component(workload) !== 'headroom') expect(account).toBe(`r-ropeway-${component(workload)}`);
    }
  });
});

it('renders the rights of the Job before the Job, where it is a hook', () => {
  const objects = objectsOf(RENDERINGS['external database, Job as a hook'] ?? {});
  const weightOf = (kind: string) =>
    Number(named(objects, kind, 'r-ropeway-bootstrap').metadata.annotations?.['helm.sh/hook-weight']);
  for (const kind of ['ServiceAccount', 'Role', 'RoleBinding'])
    expect(weightOf(kind)).toBeLessThan(weightOf('Job'));
});
