// Everything is replaced under 50 streams a second, and no client notices: the workers of a pool, then the
// gateways. One that simply dies is in the rehearsal.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrontDoor } from '../e2e/harness/ask.ts';
import { Figures } from './harness/figures.ts';
import { type NamespaceUnderTest, openNamespace } from './harness/namespace-under-test.ts';
import { Release } from './harness/release.ts';
import { settles } from './harness/settles.ts';
import { type LoadResult, StreamLoad } from './harness/stream-load.ts';

const PER_SECOND = 50;
const WORKERS = 3;
/** Streams that run before anything is replaced. */
const BEFORE = 3 * PER_SECOND;
const VALUES = {
  pools: [
    { name: 'default', rope: { type: 'default' }, window: 40_960, replicas: { min: WORKERS, max: WORKERS } },
  ],
  workers: {
    engine: { sim: { startupDelayMs: 0, stepMs: 10 } },
    drain: { preStopSeconds: 2, timeoutSeconds: 30 },
  },
  gateway: { drain: { preStopSeconds: 3, timeoutSeconds: 30 } },
  autoscaling: { mode: 'none' },
};

let stage: NamespaceUnderTest;
let release: Release;
let door: FrontDoor;
const figures = new Figures(`replacing everything under ${PER_SECOND} streams a second`);

beforeAll(async () => {
  stage = await openNamespace('rollout');
  release = await Release.install(stage, VALUES);
  door = await release.door();
});
afterAll(async () => {
  figures.print();
  await release?.uninstall();
  await stage.close();
});

async function under(what: string, replace: () => Promise<void>): Promise<LoadResult> {
  const load = new StreamLoad(door, PER_SECOND);
  await settles('streams run', () => load.sent > BEFORE);
  const startMs = performance.now();
  await replace();
  const tookMs = performance.now() - startMs;
  const result = await load.stop();
  const { sent, failures, perSecond, firstTokenMs } = result;
  const median = firstTokenMs[Math.floor(firstTokenMs.length / 2)] ?? 0;
  const p99 = firstTokenMs[Math.floor(firstTokenMs.length * 0.99)] ?? 0;
  figures.add(
    what,
    `${(tookMs / 1_000).toFixed(1)} s, ${sent} streams at ${perSecond.toFixed(1)}/s, ${failures.length} failed, first token ${median.toFixed(0)} ms (p99 ${p99.toFixed(0)} ms)`,
  );
  return result;
}

const uids = (component: string) =>
  stage.kubelet.runs(stage.namespace, component).map(({ pod }) => pod.metadata?.uid ?? '');

describe.each([
  ['worker', 'default'],
  ['gateway', 'gateway'],
])('every %s', (component, deployment) => {
  it('is replaced, and no request fails', async () => {
    const before = new Set(uids(component));
    const { failures } = await under(`every ${component}`, async () => {
      await release.restart(deployment);
      await settles('every old pod has ended', () => uids(component).every((uid) => !before.has(uid)));
    });
    expect(failures).toEqual([]);
    expect(before.size).toBe(uids(component).length);
  });
});
