// The other two ways to find workers: by InferencePools of the Gateway API's inference extension, and by the endpoints of a
// Service a pool, each with the rights it needs and no others.
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat, words } from '../e2e/harness/ask.ts';
import { freePort } from '../servers/free-port.ts';
import { type GatewayInCluster, startGatewayIn } from './harness/gateway-in-cluster.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { READS_PODS, type Rule } from './harness/service-account.ts';
import { settles } from './harness/settles.ts';
import { workerPod } from './harness/worker-pods.ts';

const reads = (group: string, resource: string): Rule => ({
  apiGroups: [group],
  resources: [resource],
  verbs: ['list', 'watch'],
});
/** Needs the window of yarn-4. */
const LONG = 10_000;

async function poolsThatAnswer({ door }: GatewayInCluster): Promise<(string | null)[]> {
  const pools: (string | null)[] = [];
  for (const tokens of [1, LONG]) {
    const answer = await ask(door, CHAT, chat(words(tokens), { max_tokens: 1 }));
    expect(answer.status).toBe(200);
    pools.push(answer.headers.get('x-ropeway-pool'));
  }
  return pools;
}

describe('InferencePools', () => {
  let stage: NamespaceUnderTest;
  let found: GatewayInCluster | undefined;
  beforeAll(async () => {
    stage = await openNamespace('inference-pools');
  });
  afterAll(async () => {
    await found?.gateway.stop();
    await stage.close();
  });

  /** Without any label of ours but what it selects by. */
  const bare = (name: string, of: string, window: string) => {
    const none = { 'ropeway.dev/pool': undefined, 'ropeway.dev/rope-factor': undefined };
    const labels = { ...none, 'ropeway.dev/window': undefined, 'app.kubernetes.io/component': undefined };
    return workerPod({ name, servedWindow: window, port: 8_100, labels: { ...labels, app: of } });
  };
  const inferencePool = (name: string, factor: string, window: string) => ({
    apiVersion: 'inference.networking.k8s.io/v1',
    kind: 'InferencePool',
    metadata: {
      name: `of-${name}`,
      annotations: {
        'ropeway.dev/pool': name,
        'ropeway.dev/rope-factor': factor,
        'ropeway.dev/window': window,
      },
    },
    spec: {
      selector: { matchLabels: { app: name } },
      targetPorts: [{ number: 8_100 }],
      endpointPickerRef: { name: 'none', port: { number: 9_002 } },
    },
  });

  it('say which pods, at which port, and what their rope is', async () => {
    const { cluster, namespace } = stage;
    const objects = [
      inferencePool('default', '1', '8192'),
      inferencePool('yarn-4', '4', '32768'),
      bare('short', 'default', '8192'),
      bare('long', 'yarn-4', '32768'),
    ];
    await cluster.kubectl.apply(objects, ['--namespace', namespace]);
    found = await startGatewayIn(stage, {
      discovery: { mode: 'inferencepool' },
      rules: [READS_PODS, reads('inference.networking.k8s.io', 'inferencepools')],
    });
    await settles('both are used', async () => (await found?.readiness())?.workers.ready === 2);
    expect(await poolsThatAnswer(found)).toEqual(['default', 'yarn-4']);
    // A pool that is removed takes its workers along.
    await cluster.kubectl.run('kubectl', ['delete', 'inferencepool', 'of-yarn-4', '--namespace', namespace]);
    await settles('one is left', async () => (await found?.readiness())?.workers.total === 1);
  });
});

// EndpointSlices refuse loopback; any address of this machine will do.
const address = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

(address === undefined ? describe.skip : describe)('EndpointSlices', () => {
  let stage: NamespaceUnderTest;
  let found: GatewayInCluster | undefined;
  beforeAll(async () => {
    stage = await openNamespace('endpoint-slices');
  });
  afterAll(async () => {
    await found?.gateway.stop();
    await stage.close();
  });

  const service = (pool: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: pool },
    spec: {
      clusterIP: 'None',
      selector: { 'ropeway.dev/pool': pool },
      ports: [{ name: 'http', port: 8_000, targetPort: 'http' }],
    },
  });

  it('say where the workers of each pool are, and when they go', async () => {
    const { cluster, namespace, path } = stage;
    const at = { address: address ?? '' };
    const objects = [
      service('default'),
      service('yarn-4'),
      workerPod({ ...at, name: 'short', port: await freePort() }),
      workerPod({
        ...at,
        name: 'long',
        pool: 'yarn-4',
        factor: '4',
        window: '32768',
        port: await freePort(),
      }),
    ];
    await cluster.kubectl.apply(objects, ['--namespace', namespace]);
    const slices = reads('discovery.k8s.io', 'endpointslices');
    found = await startGatewayIn(stage, { discovery: { mode: 'endpointslices' }, rules: [slices] });
    await settles('both are used', async () => (await found?.readiness())?.workers.ready === 2);
    expect(await poolsThatAnswer(found)).toEqual(['default', 'yarn-4']);
    await cluster.kube.remove(path('/pods/long'));
    await settles('one is left', async () => (await found?.readiness())?.workers.ready === 1);
  });
});
