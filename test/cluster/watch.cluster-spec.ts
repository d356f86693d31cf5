// What we know of pods survives whatever happens to the API server: no pod that is there is lost, none stays that is gone,
// and while it is away the last that was known holds. On a control plane of its own, since it is killed again and again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { openCluster, type PodWatch, type ReflectorEvent, watchPods } from '#workers';
import { ControlPlane } from './control-plane/control-plane.ts';
import { PROGRAMS_FOLDER } from './global-setup.ts';
import { addNode } from './harness/nodes.ts';
import { READS_PODS, TestServiceAccount } from './harness/service-account.ts';
import { settles } from './harness/settles.ts';
import { programsIn } from './programs/control-plane-programs.ts';

const PODS = '/api/v1/namespaces/default/pods';
/** Shorter than in production, so that a server that hangs is noticed within the test. */
const OPTIONS = { answerMs: 5_000, watchMs: 4_000, watchGraceMs: 2_000, longestPauseMs: 1_000 };

let plane: ControlPlane;
let account: TestServiceAccount;
let watch: PodWatch;
let events: ReflectorEvent[];
let made = 0;

beforeAll(async () => {
  plane = await ControlPlane.start(programsIn(process.env[PROGRAMS_FOLDER] ?? ''));
  await addNode(plane.cluster.kube, 'node', null);
  account = await TestServiceAccount.make(plane.cluster, 'default', 'watcher', [READS_PODS]);
  const cluster = await openCluster({ kubeconfig: account.kubeconfig, namespace: null });
  const log = (event: ReflectorEvent) => events.push(event);
  watch = watchPods({ cluster, selector: 'app=worker', changed: () => undefined, log, options: OPTIONS });
});
afterAll(async () => {
  await watch?.close();
  await plane?.stop();
});
beforeEach(async () => {
  events = [];
  await addPod();
  await addPod();
  await settles('the watch knows what is there', isRight);
});

async function addPod(): Promise<string> {
  const name = `worker-${made++}`;
  await plane.cluster.kube.create(PODS, {
    metadata: { name, labels: { app: 'worker' } },
    spec: { containers: [{ name: 'c', image: 'any' }] },
  });
  return name;
}

const known = () => watch.objects.map(({ name }) => name).sort();

async function there(): Promise<string[]> {
  const pods = await plane.cluster.kube.list<V1Pod>(`${PODS}?labelSelector=app%3Dworker`);
  return pods.map(({ metadata }) => metadata?.name ?? '').sort();
}

/** The same pods with the same readiness as the API server says itself. */
async function isRight(): Promise<boolean> {
  const areReady = watch.objects.every(({ isReady }) => isReady);
  return areReady && JSON.stringify(known()) === JSON.stringify(await there());
}

/** One pod goes, one comes. */
async function change(): Promise<void> {
  const [first = ''] = await there();
  await plane.cluster.kube.remove(`${PODS}/${first}`);
  await addPod();
}

const listsBecause = (cause: string) =>
  events.filter((event) => event.kind === 'listed' && event.cause === cause).length;

describe('pods that are watched', () => {
  it('are known again after the API server was killed and every place in its history is gone (410)', async () => {
    const before = known();
    await plane.part('apiserver').kill9();
    await plane.etcd.putJunk();
    await plane.part('apiserver').start();
    expect(known()).toEqual(before);
    await change();
    await settles('the watch is right', isRight);
    await settles('it was told 410 and listed anew', () => listsBecause('expired') > 0);
  });

  it('stay known while the API server is away, and are right soon after', async () => {
    const before = known();
    await plane.part('apiserver').kill9();
    const failed = () => events.filter(({ kind }) => kind === 'failed').length;
    await settles('it has tried again and again', () => failed() >= 5);
    expect(known()).toEqual(before);
    await plane.part('apiserver').start();
    await change();
    await settles('the watch is right', isRight);
    expect(watch.reading.trouble).toBeNull();
  });

  it('stay known while the API server hangs, and are right once it goes on', async () => {
    const before = known();
    plane.part('apiserver').signal('SIGSTOP');
    await settles('the silence is noticed', () => events.some(({ kind }) => kind === 'failed'));
    expect(known()).toEqual(before);
    plane.part('apiserver').signal('SIGCONT');
    await change();
    await settles('the watch is right', isRight);
  });

  it('are not held up by an API server that ends: its watch stays open and silent for a minute', async () => {
    plane.part('apiserver').signal('SIGTERM');
    await settles('the silence is noticed', () => events.some(({ kind }) => kind === 'failed'));
    await plane.part('apiserver').kill9();
    await plane.part('apiserver').start();
    await change();
    await settles('the watch is right', isRight);
  });

  it('are right after etcd has forgotten its history', async () => {
    await plane.etcd.compact();
    await change();
    await settles('the watch is right', isRight);
    await plane.part('apiserver').kill9();
    await plane.etcd.compact();
    await plane.part('apiserver').start();
    await change();
    await settles('the watch is right', isRight);
  });

  it('stay known while our token is worth nothing, and are right with the next one', async () => {
    await account.revokeTokens();
    const before = known();
    const isRefused = () => events.some((event) => event.kind === 'failed' && event.cause === 'unauthorized');
    await settles('it is refused', isRefused);
    expect(known()).toEqual(before);
    await account.renewToken();
    await change();
    await settles('the watch is right', isRight);
  });
});
