// The stage itself: what the other files take for granted of the control plane and of those who play kubelets, Services,
// and a cloud.
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { V1EndpointSlice, V1Job, V1Pod } from '@kubernetes/client-node';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { NodeAutoscaler } from './harness/node-autoscaler.ts';
import { H100 } from './harness/nodes.ts';
import { settles } from './harness/settles.ts';
import { SIM, workerDeployment } from './harness/worker-pods.ts';

let stage: NamespaceUnderTest;

beforeAll(async () => {
  stage = await openNamespace('harness');
});
afterAll(async () => {
  await stage.close();
});

const pods = (selector: string) =>
  stage.cluster.kube.list<V1Pod>(`${stage.path('/pods')}?labelSelector=${selector}`);

it('plays the pods of others: a Deployment gets Ready pods, a Service endpoints, a Job completes', async () => {
  const { cluster, namespace, path } = stage;
  const container = { name: 'c', image: 'any', ports: [{ name: 'http', containerPort: 80 }] };
  const template = (restartPolicy: string) => ({
    metadata: { labels: { app: 'other' } },
    spec: { restartPolicy, initContainers: [{ name: 'i', image: 'any' }], containers: [container] },
  });
  const selector = { matchLabels: { app: 'other' } };
  await cluster.kubectl.apply(
    [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'other' },
        spec: { replicas: 2, selector, template: template('Always') },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'other' },
        spec: { selector: selector.matchLabels, ports: [{ port: 80, targetPort: 'http' }] },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'once' },
        spec: { template: template('Never') },
      },
    ],
    ['--namespace', namespace],
  );
  await settles('two endpoints are ready', async () => {
    const slices = await cluster.kube.list<V1EndpointSlice>(
      path('/endpointslices', 'apis/discovery.k8s.io/v1'),
    );
    const ready = slices.flatMap(({ endpoints }) => endpoints).filter((each) => each?.conditions?.ready);
    return ready.length === 2;
  });
  await settles('the Job is complete', async () => {
    const job = await cluster.kube.get<V1Job>(path('/jobs/once', 'apis/batch/v1'));
    return job.status?.succeeded === 1;
  });
});

it('plays our own as processes: they are what their Service reaches, and end when their pods are deleted', async () => {
  const { cluster, namespace, services, kubelet } = stage;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'workers' },
    spec: { selector: { 'ropeway.dev/pool': 'default' }, ports: [{ port: 8000, targetPort: 'http' }] },
  };
  const apply = (replicas: number) =>
    cluster.kubectl.apply([service, workerDeployment({ name: 'w' }, replicas)], ['--namespace', namespace]);
  await apply(2);
  await settles(
    'two workers are Ready',
    () => kubelet.runs(namespace).filter((run) => run.isReady).length === 2,
  );
  await settles('their Service answers', async () => {
    const url = services.url(namespace, 'workers', 8000);
    const answer = url === undefined ? undefined : await fetch(`${url}/v1/models`).catch(() => undefined);
    return (await answer?.text())?.includes('"max_model_len":8192') === true;
  });
  const pids = kubelet.runs(namespace).map(({ pid }) => pid);
  await apply(0);
  await settles('no pod is left', async () => (await pods('ropeway.dev/pool')).length === 0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

it('says of pods that cannot start why, as a kubelet does', async () => {
  const { cluster, namespace } = stage;
  const crashing = {
    name: 'crashing',
    arguments: ['--no-such-flag'],
    labels: { 'ropeway.test/bad': 'crash' },
  };
  const absent = { name: 'absent', image: 'absent:1', labels: { 'ropeway.test/bad': 'image' } };
  await cluster.kubectl.apply(
    [workerDeployment(crashing, 1), workerDeployment(absent, 1)],
    ['--namespace', namespace],
  );
  const reasonOf = async (bad: string) => {
    const [pod] = await pods(`ropeway.test/bad=${bad}`);
    return pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
  };
  await settles('it loops', async () => (await reasonOf('crash')) === 'CrashLoopBackOff');
  await settles('its image is absent', async () => (await reasonOf('image')) === 'ImagePullBackOff');
  await cluster.kubectl.run('kubectl', [
    'delete',
    'deployment',
    'crashing',
    'absent',
    '--namespace',
    namespace,
  ]);
});

it('adds a GPU node for a pod that fits none, and takes it away when it is empty', async () => {
  const { cluster, namespace, kubelet } = stage;
  const pod = { name: 'gpu', gpus: 8, labels: { 'ropeway.test/gpu': 'yes' } };
  await cluster.kubectl.apply([workerDeployment(pod, 1)], ['--namespace', namespace]);
  await settles('it is unschedulable', async () => {
    const [found] = await pods('ropeway.test/gpu');
    return found?.status?.conditions?.some(({ reason }) => reason === 'Unschedulable') === true;
  });
  const autoscaler = new NodeAutoscaler({
    kube: cluster.kube,
    namespace,
    gpu: H100,
    bootMs: 100,
    emptyMs: 500,
  });
  try {
    const isReady = () =>
      kubelet.runs(namespace).some((run) => run.isReady && run.pod.metadata?.labels?.['ropeway.test/gpu']);
    await settles('it runs on a new node', isReady);
    expect(autoscaler.added).toHaveLength(1);
    await cluster.kubectl.run('kubectl', ['delete', 'deployment', 'gpu', '--namespace', namespace]);
    await settles('the empty node is gone', () => autoscaler.removed.length === 1);
  } finally {
    await autoscaler.stop();
  }
});

it('runs the hook Job of a chart as a process, and fails the install with it', async () => {
  const { cluster, namespace } = stage;
  const chart = join(cluster.site.folder, 'chart');
  const write = (argument: string) => writeFileSync(join(chart, 'templates', 'hook.yaml'), hook(argument));
  await mkdir(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: hooked\nversion: 0.1.0\n');
  write('--help');
  const install = ['install', 'hooked', chart, '--namespace', namespace, '--wait', '--timeout', '60s'];
  await cluster.kubectl.run('helm', install);
  await cluster.kubectl.run('helm', ['uninstall', 'hooked', '--namespace', namespace, '--wait']);
  write('--no-such-flag');
  const failed = await cluster.kubectl.attempt('helm', install);
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('hook');
});

function hook(argument: string): string {
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: "{{ .Release.Name }}"
  annotations: { helm.sh/hook: "post-install", helm.sh/hook-delete-policy: "before-hook-creation" }
spec:
  backoffLimit: 0
  template:
    metadata: { labels: { app.kubernetes.io/name: ropeway, app.kubernetes.io/component: hook } }
    spec:
      restartPolicy: Never
      containers: [{ name: c, image: ropeway, command: [node, ${SIM}, "${argument}"] }]
`;
}
