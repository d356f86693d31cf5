// Pods that can start, be found, be drained, and do no harm.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import {
  component,
  type Fields,
  fields,
  type KubeObject,
  list,
  named,
  number,
  ofKind,
  podLabels,
  selects,
  text,
  workloads,
} from './kube-object.ts';
import { renderings } from './renderings.ts';

const podOf = (workload: KubeObject) => fields(workload, 'spec.template.spec');
const containersOf = (workload: KubeObject) => list(podOf(workload), 'containers').map((one) => fields(one));
const portsOf = (workload: KubeObject) =>
  containersOf(workload).flatMap((container) => list(container, 'ports').map((port) => fields(port)));
const longLived = (objects: readonly KubeObject[]) => ofKind(objects, 'Deployment', 'StatefulSet');

describe.each(renderings)('$name', ({ rendering }) => {
  const objects = () => objectsOf(rendering);

  it('selects its own pods, and no pod of another workload', () => {
    const all = longLived(objects());
    for (const workload of all) {
      const selector = fields(workload, 'spec.selector.matchLabels');
      const selected = workloads(objects()).filter((other) => selects(selector, podLabels(other)));
      expect(selected.map(({ metadata }) => metadata.name)).toEqual([workload.metadata.name]);
    }
  });

  it('has Services that select running pods, on ports these listen on', () => {
    for (const service of ofKind(objects(), 'Service')) {
      const behind = longLived(objects()).filter((one) =>
        selects(fields(service, 'spec.selector'), podLabels(one)),
      );
      expect([service.metadata.name, behind.length]).toEqual([service.metadata.name, 1]);
      for (const port of list(service, 'spec.ports')) {
        const target = portsOf(behind[0] as KubeObject).find(({ name }) => name === text(port, 'targetPort'));
        expect(target).toBeDefined();
        // A Service of its own port may differ only where people may choose it.
        if (text(service, 'spec.type') === '' || text(service, 'spec.clusterIP') === 'None')
          expect(number(port, 'port')).toBe(target?.containerPort);
      }
    }
  });

  it('probes ports that are there', () => {
    for (const workload of longLived(objects()))
      for (const container of containersOf(workload)) {
        const names = new Set(list(container, 'ports').map((port) => text(port, 'name')));
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
          for (const how of ['httpGet', 'tcpSocket']) {
            const port = text(container, `${probe}.${how}.port`);
            if (port !== '') expect(names).toContain(port);
          }
      }
  });

  it('gives a pod longer than its preStop and its drain together', () => {
    const config = ropewayConfig(objects());
    for (const workload of longLived(objects())) {
      const grace = number(podOf(workload), 'terminationGracePeriodSeconds');
      const preStop = number(containersOf(workload)[0], 'lifecycle.preStop.sleep.seconds') || 0;
      expect(grace || 30).toBeGreaterThan(preStop + drainSecondsOf(workload, config));
    }
  });

  it('passes Pod Security "restricted", but for workers that were told not to', () => {
    const isOpen = rendering === renderings.find(({ name }) => name === 'not restricted')?.rendering;
    for (const workload of workloads(objects())) {
      if (isOpen && component(workload) === 'worker') continue;
      const pod = podOf(workload);
      expect(fields(pod, 'securityContext')).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(number(pod, 'securityContext.runAsUser')).toBeGreaterThan(0);
      expect([pod.hostNetwork, pod.hostPID, pod.hostIPC]).toEqual([undefined, undefined, undefined]);
      for (const container of containersOf(workload))
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      for (const volume of list(pod, 'volumes')) expect(fields(volume)).not.toHaveProperty('hostPath');
    }
  });

  it('mounts every volume it declares, and declares every volume it mounts', () => {
    for (const workload of workloads(objects())) {
      const declared = [
        ...list(podOf(workload), 'volumes'),
        ...list(workload, 'spec.volumeClaimTemplates'),
      ].map((volume) => text(volume, 'name') || text(volume, 'metadata.name'));
      const mounted = containersOf(workload).flatMap((one) =>
        list(one, 'volumeMounts').map((mount) => text(mount, 'name')),
      );
      expect(new Set(mounted)).toEqual(new Set(declared));
      expect(new Set(declared).size).toBe(declared.length);
    }
  });

  it('refers only to Secrets that the Job makes or the values name, and to ConfigMaps that are there', () => {
    const made = ofKind(objects(), 'Job').flatMap((job) =>
      list(containersOf(job)[0], 'args').map((arg) => /^--\w+-secret=(.+)$/.exec(String(arg))?.[1]),
    );
    const inValues = JSON.stringify(rendering.values ?? {});
    for (const workload of workloads(objects())) {
      for (const name of secretsOf(workload))
        expect([name, made.includes(name) || inValues.includes(`"${name}"`)]).toEqual([name, true]);
      for (const volume of list(podOf(workload), 'volumes')) {
        const map = text(volume, 'configMap.name');
        if (map !== '') named(objects(), 'ConfigMap', map);
      }
    }
  });

  it('puts no Secret into the release', () => {
    expect(ofKind(objects(), 'Secret')).toEqual([]);
  });

  it('lets no Service put variables into a pod', () => {
    for (const workload of workloads(objects())) expect(podOf(workload).enableServiceLinks).toBe(false);
  });

  it('pins every image', () => {
    for (const workload of workloads(objects()))
      for (const container of containersOf(workload))
        expect(text(container, 'image')).toMatch(/^[\w./-]+(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})$/);
  });

  it('sets aside memory and CPU for every container', () => {
    for (const workload of workloads(objects()))
      for (const container of containersOf(workload))
        expect(fields(container, 'resources.requests')).toMatchObject({
          cpu: expect.anything(),
          memory: expect.anything(),
        });
  });

  it('protects from evictions only where one pod more is there', () => {
    for (const budget of ofKind(objects(), 'PodDisruptionBudget')) {
      const selector = fields(budget, 'spec.selector.matchLabels');
      const [workload, ...others] = longLived(objects()).filter((one) => selects(selector, podLabels(one)));
      expect(others).toEqual([]);
      expect(leastReplicas(objects(), workload as KubeObject)).toBeGreaterThanOrEqual(2);
      expect(budget.spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    }
  });

  it('leaves the number of pods to one writer', () => {
    const scaled = [
      ...ofKind(objects(), 'ScaledObject'),
      ...ofKind(objects(), 'HorizontalPodAutoscaler'),
    ].map((one) => text(one, 'spec.scaleTargetRef.name'));
    expect(new Set(scaled).size).toBe(scaled.length);
    for (const workload of longLived(objects())) {
      const replicas = fields(workload, 'spec').replicas;
      if (scaled.includes(workload.metadata.name)) expect(replicas).toBeUndefined();
      else expect(replicas).toBeGreaterThan(0);
    }
    for (const target of scaled)
      expect(longLived(objects()).map(({ metadata }) => metadata.name)).toContain(target);
  });
});

function ropewayConfig(objects: readonly KubeObject[]): string {
  return String(fields(named(objects, 'ConfigMap', 'r-ropeway'), 'data')['ropeway.yaml']);
}

/** How long what runs in the pod lets running answers finish, as it was told. */
function drainSecondsOf(workload: KubeObject, config: string): number {
  if (component(workload) === 'gateway') return Number(/drainTimeoutMs: (\d+)/.exec(config)?.[1]) / 1000;
  if (component(workload) !== 'worker') return 0;
  const args = list(containersOf(workload)[0], 'args').join(' ');
  const [, vllm] = /--shutdown-timeout=(\d+)/.exec(args) ?? [];
  const [, sim] = /--shutdown-timeout-ms=(\d+)/.exec(args) ?? [];
  expect(vllm ?? sim).toBeDefined();
  return vllm === undefined ? Number(sim) / 1000 : Number(vllm);
}

function secretsOf(workload: KubeObject): string[] {
  const volumes = list(podOf(workload), 'volumes').flatMap((volume) => [
    text(volume, 'secret.secretName'),
    ...list(volume, 'projected.sources').map((source) => text(source, 'secret.name')),
  ]);
  const variables = containersOf(workload).flatMap((container) =>
    list(container, 'env').map((variable) => text(variable, 'valueFrom.secretKeyRef.name')),
  );
  return [...volumes, ...variables].filter((name) => name !== '');
}

function leastReplicas(objects: readonly KubeObject[], workload: KubeObject): number {
  const target = ({ spec }: Fields) => text(spec, 'scaleTargetRef.name') === workload.metadata.name;
  const hpa = ofKind(objects, 'HorizontalPodAutoscaler').find(target);
  const scaled = ofKind(objects, 'ScaledObject').find(target);
  if (hpa !== undefined) return number(hpa, 'spec.minReplicas');
  if (scaled !== undefined) return number(scaled, 'spec.minReplicaCount');
  return number(workload, 'spec.replicas');
}

it('tests an installation with the first key, as a caller: no policy of the release selects the pod', () => {
  const objects = objectsOf(renderings.find(({ name }) => name === 'default')?.rendering ?? {});
  const pod = named(objects, 'Pod', 'r-ropeway-test');
  const variables = list(pod, 'spec.containers.0.env');
  expect(variables).toContainEqual({ name: 'ROPEWAY_URL', value: 'http://r-ropeway-gateway:8080' });
  expect(text(variables[1], 'valueFrom.secretKeyRef.name')).toBe('r-ropeway-first-key');
  for (const policy of ofKind(objects, 'NetworkPolicy'))
    expect(selects(fields(policy, 'spec.podSelector.matchLabels'), pod.metadata.labels ?? {})).toBe(false);
  expect(pod.spec).toMatchObject({
    securityContext: { runAsNonRoot: true },
    automountServiceAccountToken: false,
  });
});
