import { describe, expect, it } from '@jest/globals';
import { aPodObject, type PodFacts } from './discovery-under-test.ts';
import { parsePod } from './pod.ts';

const pod = (facts: PodFacts = {}) => parsePod(aPodObject('worker-1', facts));

describe('parsePod', () => {
  it('reads what a worker needs', () => {
    expect(pod({ ip: '10.0.0.7' })).toMatchObject({
      uid: 'uid-worker-1',
      name: 'worker-1',
      ip: '10.0.0.7',
      node: 'node-1',
      isReady: true,
      isTerminating: false,
      hasEnded: false,
      trouble: null,
      labels: { 'ropeway.dev/pool': 'default' },
    });
  });

  it.each([
    ['not Ready', { ready: 'False' }],
    ['asked to end, though still Ready', { isTerminating: true }],
    ['ended, though its last condition says Ready', { phase: 'Failed' }],
    ['without a condition', { ready: null }],
  ] as const)('is not ready when it is %s', (_, facts) => {
    expect(pod(facts).isReady).toBe(false);
  });

  it('gives away the address of a pod that has ended: another may have it', () => {
    expect(pod({ phase: 'Failed' })).toMatchObject({ ip: null, hasEnded: true });
    expect(pod({ phase: 'Succeeded' })).toMatchObject({ ip: null, hasEnded: true });
  });

  it('says in the words of Kubernetes why it is not Ready', () => {
    const unready = { reason: 'ContainersNotReady', message: 'containers with unready status: [vllm]' };
    expect(pod({ ready: 'False', unready }).unreadyReason).toBe(
      'ContainersNotReady: containers with unready status: [vllm]',
    );
  });

  it.each([[{}], [{ metadata: {} }], [{ metadata: { uid: 'u', name: 'n' } }]])('refuses %j', (object) => {
    expect(() => parsePod(object)).toThrow('without uid, name or resourceVersion');
  });
});

describe('podTrouble', () => {
  const trouble = (facts: PodFacts) => pod({ ready: 'False', ...facts }).trouble;
  const waiting = (reason: string, message?: string) => ({
    container: { state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } },
  });

  it('finds a pod that fits no node', () => {
    const message = '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.';
    expect(trouble({ scheduled: { reason: 'Unschedulable', message } })).toEqual({
      kind: 'unschedulable',
      detail: message,
    });
    expect(trouble({ scheduled: { reason: 'SchedulingGated' } })).toEqual({
      kind: 'unschedulable',
      detail: 'SchedulingGated',
    });
  });

  it.each([
    ['ErrImagePull', 'image'],
    ['ImagePullBackOff', 'image'],
    ['InvalidImageName', 'image'],
    ['CreateContainerConfigError', 'config'],
    ['RunContainerError', 'config'],
    ['CrashLoopBackOff', 'crash-loop'],
  ])('takes %s for %s', (reason, kind) => {
    expect(trouble(waiting(reason, 'its own words'))).toEqual({ kind, detail: `${reason}: its own words` });
  });

  it('names the container where the kubelet gives no message', () => {
    expect(trouble(waiting('ErrImagePull'))?.detail).toBe('ErrImagePull: container vllm');
  });

  it.each(['ContainerCreating', 'PodInitializing'])('lets a pod in %s take its time', (reason) => {
    expect(trouble(waiting(reason))).toBeNull();
  });

  it('sees a crash loop while the container runs again, and says how it ended', () => {
    const crashed = { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
    expect(
      trouble({ container: { ...crashed, ready: false, restartCount: 1, state: { running: {} } } }),
    ).toBeNull();
    expect(
      trouble({ container: { ...crashed, ready: false, restartCount: 3, state: { running: {} } } }),
    ).toEqual({
      kind: 'crash-loop',
      detail: 'container vllm was restarted 3 times; it last ended with OOMKilled, exit code 137',
    });
    expect(
      trouble({
        container: { ...crashed, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      }),
    ).toMatchObject({ detail: expect.stringContaining('OOMKilled, exit code 137') });
  });

  it.each([
    ['2026-11-30T09:59:00Z', 'crash-loop'],
    ['2026-11-30T02:00:00Z', undefined],
  ])('that ran since %s and crashed at 10:00 starts again: %s', (startedAt, kind) => {
    const terminated = { exitCode: 1, reason: 'Error', startedAt, finishedAt: '2026-11-30T10:00:00Z' };
    const container = { ready: false, restartCount: 5, state: { running: {} }, lastState: { terminated } };
    expect(trouble({ container })?.kind).toBe(kind);
  });

  it('finds none in a pod that is Ready, going, or has ended', () => {
    const stuck = waiting('CrashLoopBackOff');
    expect(pod({ ...stuck, ready: 'True' }).trouble).toBeNull();
    expect(pod({ ...stuck, ready: 'False', isTerminating: true }).trouble).toBeNull();
    expect(pod({ ...stuck, ready: 'False', phase: 'Failed' }).trouble).toBeNull();
  });
});
