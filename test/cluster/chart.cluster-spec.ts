// The chart on a real API server with real Helm: what it renders is taken, what it installs serves, an upgrade replaces, an
// uninstall leaves what the notes say and nothing else; and every right it grants is used, no other is asked for.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat } from '../e2e/harness/ask.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { CHART, Release } from './harness/release.ts';
import { grantedRights, usedRights } from './harness/rights.ts';
import { settles } from './harness/settles.ts';

const SHORT_DRAIN = { drain: { preStopSeconds: 1, timeoutSeconds: 20 } };
const VALUES = {
  workers: { engine: { sim: { startupDelayMs: 0, stepMs: 5 } }, ...SHORT_DRAIN },
  gateway: SHORT_DRAIN,
  scaler: { replicas: 1 },
};
/** Kubernetes' own, in every namespace. */
const OF_KUBERNETES = ['configmap/kube-root-ca.crt', 'serviceaccount/default'];

let stage: NamespaceUnderTest;

beforeAll(async () => {
  stage = await openNamespace('chart');
});
afterAll(async () => {
  await stage.close();
});

describe('every preset', () => {
  const presets = readdirSync(join(CHART, 'presets')).filter((name) => name.endsWith('.yaml'));

  it.each(presets)('is taken by the API server, no field unknown: %s', async (preset) => {
    const { cluster, namespace } = stage;
    // All that a cluster may have is there, so that every template renders.
    const capabilities = ['keda.sh/v1alpha1', 'monitoring.coreos.com/v1', 'gateway.networking.k8s.io/v1'];
    const args = ['template', 'dry', CHART, '--values', join(CHART, 'presets', preset)];
    const rendered = await cluster.kubectl.run('helm', [
      ...args,
      '--namespace',
      namespace,
      ...capabilities.flatMap((each) => ['--api-versions', each]),
    ]);
    const dryRun = ['apply', '--dry-run=server', '--validate=strict', '--namespace', namespace, '-f', '-'];
    const taken = await cluster.kubectl.attempt('kubectl', dryRun, rendered);
    expect(taken).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the rehearsal', () => {
  let release: Release;
  /** The first Job's are gone with the first upgrade. */
  let atInstall: ReadonlySet<string>;

  beforeAll(async () => {
    release = await Release.install(stage, VALUES);
    atInstall = await grantedRights(stage);
  });

  it('comes up, and a request goes through with the first key', async () => {
    const answer = await ask(await release.door(), CHAT, chat('Hello', { max_tokens: 4 }));
    expect(answer.status).toBe(200);
    expect(answer.json<{ usage: { completion_tokens: number } }>().usage.completion_tokens).toBe(4);
  });

  it('replaces its gateways on an upgrade, and keeps every key', async () => {
    const { kubelet, namespace } = stage;
    const { key } = await release.door();
    const uids = () => new Set(kubelet.runs(namespace, 'gateway').map(({ pod }) => pod.metadata?.uid));
    const before = uids();
    await release.upgrade({ ...VALUES, config: { relay: { idleTimeoutMs: 61_000 } } });
    await settles('every old gateway is gone', () => [...uids()].every((uid) => !before.has(uid)));
    const door = await release.door();
    expect(door.key).toBe(key);
    expect((await ask(door, CHAT, chat('Hello', { max_tokens: 4 }))).status).toBe(200);
  });

  it('asks for nothing it may not, and has no right it does not use', async () => {
    const { used, forbidden } = usedRights(stage);
    expect(forbidden).toEqual([]);
    const now = await grantedRights(stage);
    expect([...now].filter((right) => right.startsWith('bootstrap'))).toEqual([]);
    // The account of the upgrade's hook goes with it; what it had not would be among the forbidden.
    const lasting = [...used].filter((right) => !right.startsWith('bootstrap-upgrade: '));
    expect(lasting.sort()).toEqual([...new Set([...atInstall, ...now])].sort());
  });

  it('leaves what its notes say and nothing else', async () => {
    const { cluster, namespace, kubelet } = stage;
    await release.uninstall();
    await settles('every pod has drained', () => kubelet.runs(namespace).length === 0);
    expect(await leftovers()).toEqual([
      'persistentvolumeclaim/data-ropeway-postgresql-0',
      ...['admin', 'first-key', 'pepper', 'postgresql', 'redis'].map((name) => `secret/ropeway-${name}`),
    ]);
    const kept = 'app.kubernetes.io/part-of=ropeway,app.kubernetes.io/instance=ropeway';
    await cluster.kubectl.run('kubectl', ['delete', 'secret,pvc', '-l', kept, '--namespace', namespace]);
    expect(await leftovers()).toEqual([]);
  });

  /** Of every kind there is, events apart. */
  async function leftovers(): Promise<string[]> {
    const { cluster, namespace } = stage;
    const kubectl = (...args: string[]) => cluster.kubectl.run('kubectl', args);
    const kinds = (await kubectl('api-resources', '--verbs=list', '--namespaced', '--output=name'))
      .split('\n')
      .filter((kind) => kind !== '' && !kind.startsWith('events'));
    const found = await kubectl(
      'get',
      kinds.join(),
      '--namespace',
      namespace,
      '--output=name',
      '--ignore-not-found',
    );
    return found
      .split('\n')
      .filter((name) => name !== '' && !OF_KUBERNETES.includes(name))
      .sort();
  }
});
