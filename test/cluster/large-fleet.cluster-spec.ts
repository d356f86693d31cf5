// Five hundred worker pods: what it costs to know them all, at rest and while they come and go.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Figures } from './harness/figures.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { READS_PODS, TestServiceAccount } from './harness/service-account.ts';
import { settles } from './harness/settles.ts';
import type { WatchingFigures } from './harness/watching-process.ts';
import { workerDeployment } from './harness/worker-pods.ts';

const PODS = 500;
const LONG_MS = 480_000;
const AT_REST_MS = 10_000;
const REPLACED = 50;

let stage: NamespaceUnderTest;
let watcher: ChildProcess;
const figures = new Figures(`a fleet of ${PODS} pods`);

beforeAll(async () => {
  stage = await openNamespace('large-fleet');
});
afterAll(async () => {
  figures.print();
  watcher?.kill('SIGKILL');
  await stage.close();
});

async function asked(): Promise<WatchingFigures> {
  watcher.send('figures');
  const [answer] = await once(watcher, 'message');
  return answer;
}

async function watching(): Promise<void> {
  const account = await TestServiceAccount.make(stage.cluster, stage.namespace, 'watcher', [READS_PODS]);
  const program = join(import.meta.dirname, 'harness', 'watching-process.ts');
  const selector = 'app.kubernetes.io/component=worker';
  // Jest's own flags are not for it.
  const options = { execArgv: [] };
  watcher = fork(program, [account.kubeconfig, stage.namespace, selector], options);
}

/** Another name than ours, so that kwok plays them: nothing listens there. */
const fleet = (replicas: number) =>
  stage.cluster.kubectl.apply(
    [workerDeployment({ name: 'w', labels: { 'app.kubernetes.io/name': 'other' } }, replicas)],
    ['--namespace', stage.namespace],
  );

it(
  'is known whole, and followed, at little cost',
  async () => {
    await fleet(PODS);
    await watching();
    await settles('all are known and Ready', async () => (await asked()).ready === PODS, LONG_MS);
    const rest = await asked();
    await sleep(AT_REST_MS);
    const after = await asked();
    figures.add('at rest, % of a core', percent(after.cpuMs - rest.cpuMs, AT_REST_MS));

    const startMs = performance.now();
    await fleet(PODS - REPLACED);
    await fleet(PODS);
    const isFollowed = async () => {
      const { pods, ready } = await asked();
      return pods === PODS && ready === PODS;
    };
    await settles('every change is known', isFollowed, LONG_MS);
    const changed = await asked();
    const tookMs = performance.now() - startMs;
    expect(changed.changes).toBeGreaterThan(after.changes);
    figures.add(`${REPLACED} go and ${REPLACED} come in s`, `${(tookMs / 1_000).toFixed(1)}`);
    figures.add('meanwhile, % of a core', percent(changed.cpuMs - after.cpuMs, tookMs));

    // One that starts anew reads the whole list.
    watcher.kill('SIGKILL');
    await watching();
    await settles('all are known again', async () => (await asked()).pods === PODS, LONG_MS);
    figures.add('a whole list, ms', (await asked()).relistMs);
  },
  2 * LONG_MS,
);

function percent(cpuMs: number, wallMs: number): string {
  return `${((100 * cpuMs) / wallMs).toFixed(1)} %`;
}
