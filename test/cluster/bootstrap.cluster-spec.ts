// `ropeway bootstrap` on a real API server: with the rights the chart gives it and no others, and what it made, used.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { V1Secret } from '@kubernetes/client-node';
import { startVllmSim } from '#vllm-sim';
import { ran } from '../../apps/cli/src/testing/test-terminal.ts';
import { newTestDatabase, type TestDatabase } from '../servers/shared-servers.ts';
import { startGatewayProcess } from '../servers/start-gateway-process.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { type Rule, TestServiceAccount } from './harness/service-account.ts';

const NAMES = ['ropeway-pepper', 'ropeway-admin', 'ropeway-key'];
const secretsRule = (...verbs: string[]): Rule => ({ apiGroups: [''], resources: ['secrets'], verbs });

let stage: NamespaceUnderTest;
let database: TestDatabase;
beforeAll(async () => {
  stage = await openNamespace('bootstrap');
});
afterAll(() => stage?.close());
beforeEach(async () => {
  for (const name of NAMES) await stage.cluster.kube.remove(stage.path(`/secrets/${name}`));
  await database?.drop();
  database = await newTestDatabase();
});
afterAll(() => database?.drop());

const account = (name: string, ...verbs: string[]) =>
  TestServiceAccount.make(stage.cluster, stage.namespace, name, [secretsRule(...verbs)]);

function bootstrap({ kubeconfig }: TestServiceAccount) {
  const args = [
    'bootstrap',
    '--kubeconfig',
    kubeconfig,
    '--wait',
    '0',
    '--label',
    'app.kubernetes.io/instance=main',
  ];
  return ran([...args, '--json'], { env: { ROPEWAY_DATABASE_URL: database.url } });
}

async function secret(name: string): Promise<V1Secret | undefined> {
  return stage.cluster.kube.find<V1Secret>(stage.path(`/secrets/${name}`));
}

async function entry(name: string, key: string): Promise<string> {
  return Buffer.from((await secret(name))?.data?.[key] ?? '', 'base64').toString();
}

it('makes what a gateway starts with and takes, with get and create on secrets alone', async () => {
  expect(await bootstrap(await account('exact', 'get', 'create'))).toMatchObject({ code: 0, err: '' });
  for (const name of NAMES)
    expect((await secret(name))?.metadata?.labels).toEqual({
      'app.kubernetes.io/name': 'ropeway',
      'app.kubernetes.io/managed-by': 'ropeway-bootstrap',
      'app.kubernetes.io/instance': 'main',
    });
  const sim = await startVllmSim({ servedNames: ['QwQ-32B'], windowTokens: 1_024 });
  const pool = { name: 'default', model: 'qwq-32b', rope: { type: 'default' }, windowTokens: 1_024 };
  const settings = {
    workers: { compareCounts: false },
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: [{ ...pool, workers: [sim.url] }],
    database: { url: database.url },
  };
  const env = { ROPEWAY_PEPPER: await entry('ropeway-pepper', '1') };
  const gateway = await startGatewayProcess({ settings, env });
  try {
    const headers = { authorization: `Bearer ${await entry('ropeway-key', 'api-key')}` };
    const response = await fetch(`${gateway.url}/v1/models`, { headers });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('qwq-32b')]);
  } finally {
    await gateway.stop();
    await sim.close();
  }
});

it('leaves every Secret as it is when it is run again, as on an upgrade', async () => {
  const exact = await account('again', 'get', 'create');
  await bootstrap(exact);
  const before = await Promise.all(NAMES.map(secret));
  const { code, out } = await bootstrap(exact);
  expect([code, JSON.parse(out)]).toEqual([
    0,
    expect.objectContaining({
      pepper: { secret: 'ropeway-pepper', made: false },
      key: expect.objectContaining({ made: false, state: 'active' }),
    }),
  ]);
  expect(await Promise.all(NAMES.map(secret))).toEqual(before);
});

it('makes one of each when several Jobs start at once', async () => {
  const exact = await account('several', 'get', 'create');
  const all = await Promise.all(Array.from({ length: 5 }, () => bootstrap(exact)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const told = all.map(({ out }) => JSON.parse(out));
  expect(new Set(told.map(({ key }) => key.id)).size).toBe(1);
  expect(told.filter(({ key }) => key.made)).toHaveLength(1);
});

it.each([
  ['get', 'create'],
  ['create', 'get'],
])('names the verb that is missing: %s', async (missing, given) => {
  const { code, err } = await bootstrap(await account(`no-${missing}`, given));
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(
        `^may not ${missing} the Secret ropeway-pepper: .*namespace bootstrap with the verb "${missing}" on "secrets"`,
      ),
    ),
  ]);
  expect(await secret('ropeway-pepper')).toBeUndefined();
});

it('says that the namespace is not there', async () => {
  const args = [
    'bootstrap',
    '--kubeconfig',
    stage.cluster.kubeconfig,
    '--namespace',
    'nowhere',
    '--wait',
    '0',
  ];
  expect(await ran(args, { env: { ROPEWAY_DATABASE_URL: database.url } })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/there is no namespace nowhere/),
  });
});
