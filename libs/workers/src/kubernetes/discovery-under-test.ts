// What the specs of this folder share: pods as the API server shows them, and reflectors that are closed afterwards.
import { Cluster } from './cluster.ts';
import { type Pod, podResource } from './pod.ts';
import { Reflector, type ReflectorInput } from './reflector.ts';
import type { ReflectorEvent } from './reflector-event.ts';
import { StandInApiServer, type StoredObject } from './stand-in-api-server.ts';

export const never = new AbortController().signal;

const toClose: (() => Promise<void>)[] = [];
/** Call in `afterEach`: what was made last is closed first. */
export async function closeAll(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close();
}
export function closeLater(close: () => Promise<void>): void {
  toClose.push(close);
}

export async function anApiServer(port = 0): Promise<StandInApiServer> {
  const api = await StandInApiServer.start(port);
  closeLater(() => api.end());
  return api;
}

export interface PodFacts {
  readonly uid?: string;
  readonly ip?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: 'True' | 'False' | null;
  readonly unready?: { readonly reason?: string; readonly message?: string };
  readonly isTerminating?: boolean;
  readonly phase?: string;
  readonly scheduled?: { readonly reason?: string; readonly message?: string };
  readonly container?: Readonly<Record<string, unknown>>;
}

export const WORKER_LABELS = {
  'app.kubernetes.io/component': 'worker',
  'ropeway.dev/pool': 'default',
  'ropeway.dev/rope-factor': '1',
  'ropeway.dev/window': '40960',
};

/** A Ready worker pod of the pool `default`, unless said otherwise. */
export function aPodObject(name: string, facts: PodFacts = {}): StoredObject {
  const { ip = '127.0.0.1', labels = WORKER_LABELS, ready = 'True', unready, scheduled, container } = facts;
  const conditions: unknown[] = [];
  if (scheduled !== undefined) conditions.push({ type: 'PodScheduled', status: 'False', ...scheduled });
  if (ready !== null) conditions.push({ type: 'Ready', status: ready, ...unready });
  const object = {
    metadata: {
      name,
      uid: facts.uid ?? `uid-${name}`,
      resourceVersion: '1',
      labels,
      ...(facts.isTerminating ? { deletionTimestamp: '2026-11-30T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'vllm' }] },
    status: {
      phase: facts.phase ?? 'Running',
      ...(ip === null ? {} : { podIP: ip }),
      conditions,
      containerStatuses: container === undefined ? [] : [{ name: 'vllm', restartCount: 0, ...container }],
    },
  };
  return object;
}

/** A reflector of pods, what it told, and a way to wait for what it is to tell. */
export function aReflector(api: StandInApiServer, input: Partial<ReflectorInput<Pod>> = {}) {
  const tables: (readonly string[])[] = [];
  const events: ReflectorEvent[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const each of waiting) each();
  };
  const reflector = new Reflector<Pod>({
    cluster: new Cluster(api),
    resource: podResource('ropeway', ''),
    ...input,
    options: { firstPauseMs: 1, longestPauseMs: 20, ...input.options },
    changed: (pods) => {
      tables.push(pods.map(({ name }) => name).sort());
      input.changed?.(pods);
      look();
    },
    log: (event) => {
      events.push(event);
      look();
    },
  });
  closeLater(() => reflector.close());
  const when = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const names = () => reflector.objects.map(({ name }) => name).sort();
  const kinds = () => events.map(({ kind }) => kind);
  const happened = (kind: ReflectorEvent['kind'], times = 1) =>
    when(() => kinds().filter((each) => each === kind).length >= times);
  return { reflector, tables, events, when, names, kinds, happened };
}
