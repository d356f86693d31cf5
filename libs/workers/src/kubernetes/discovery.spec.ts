import { afterEach, describe, expect, it } from '@jest/globals';
import type { PoolComing, PoolDeclaration } from '../fleet.ts';
import { aFleet, aPool, aWorker, closeAll as closeFleets } from '../fleet-under-test.ts';
import { Cluster } from './cluster.ts';
import { Discovery, type DiscoveryInput } from './discovery.ts';
import type { DiscoveryEvent } from './discovery-event.ts';
import type { DiscoverySettings } from './discovery-settings.ts';
import {
  anApiServer,
  aPodObject,
  closeAll,
  closeLater,
  never,
  WORKER_LABELS,
} from './discovery-under-test.ts';
import { INFERENCE_POOLS, SLICES, type StandInApiServer } from './stand-in-api-server.ts';

afterEach(async () => {
  await closeAll();
  await closeFleets();
});

const settings: DiscoverySettings = {
  mode: 'pods',
  namespace: null,
  kubeconfig: null,
  selector: 'app.kubernetes.io/component=worker',
  port: 8_000,
  scheme: 'http',
  inferencePools: [],
  watchMs: 30_000,
  answerMs: 10_000,
};

/** Discovery in front of a fleet that only writes down what it is told. */
function aDiscovery(api: StandInApiServer, input: Partial<DiscoveryInput> = {}) {
  const told: string[] = [];
  const declared: (readonly PoolDeclaration[])[] = [];
  const coming = new Map<string, PoolComing>();
  const events: DiscoveryEvent[] = [];
  const waiting = new Set<() => void>();
  const note = (what: string) => {
    told.push(what);
    for (const look of waiting) look();
  };
  const discovery = new Discovery({
    cluster: new Cluster(api),
    settings,
    pools: [aPool([])],
    fleet: {
      declare: (pools) => {
        declared.push(pools);
        note(`declare ${pools.flatMap(({ workers }) => workers.map(({ url }) => url)).join(' ')}`.trim());
      },
      terminating: (id) => note(`terminating ${id}`),
      gone: (id) => note(`gone ${id}`),
      coming: (pool, now) => {
        coming.set(pool, now);
        note(`coming ${pool} ${now.pods}`);
      },
    },
    ...input,
    options: { firstPauseMs: 1, longestPauseMs: 20, ...input.options },
    log: (event) => {
      events.push(event);
      note(`event ${event.kind}`);
    },
  });
  closeLater(() => discovery.close());
  const when = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const toFleet = () => told.filter((what) => !what.startsWith('event'));
  const was = (what: string) => when(() => told.includes(what));
  return { discovery, told, toFleet, declared, coming, events, when, was };
}

describe('Discovery', () => {
  it('declares a Ready pod, lets it go when it is asked to end, and says when it is gone', async () => {
    const api = await anApiServer();
    const { discovery, toFleet, was } = aDiscovery(api);
    await discovery.synced(never);
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('a', { ip: '10.0.0.7', ready: 'False' }));
    await was('coming default 1');
    api.set(aPodObject('a', { ip: '10.0.0.7' }));
    await was('declare http://10.0.0.7:8000');
    api.set(aPodObject('a', { ip: '10.0.0.7', isTerminating: true }));
    await was('terminating http://10.0.0.7:8000');
    api.remove('uid-a');
    await was('gone http://10.0.0.7:8000');
    expect(toFleet()).toEqual([
      'declare',
      'coming default 0',
      'coming default 1',
      'declare http://10.0.0.7:8000',
      'coming default 0',
      'terminating http://10.0.0.7:8000',
      'declare',
      'gone http://10.0.0.7:8000',
    ]);
  });

  it('tells the fleet nothing when nothing of a worker changed', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    const { discovery, toFleet, when, events } = aDiscovery(api);
    await discovery.synced(never);
    await api.when(() => api.openWatches === 1);
    const before = toFleet().length;
    api.set(aPodObject('a', { labels: { ...WORKER_LABELS, noise: 'yes' } }));
    api.set(
      aPodObject('stray', { ip: '10.0.0.9', labels: { ...WORKER_LABELS, 'ropeway.dev/pool': 'nobody' } }),
    );
    await when(() => events.some(({ kind }) => kind === 'pod-ignored'));
    expect(toFleet()).toHaveLength(before);
    expect(discovery.reading.ignored).toEqual([
      { pod: 'stray', reason: expect.stringContaining('"nobody", which is not configured') },
    ]);
  });

  it('lets a pod that left the selection finish: it is not gone', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a', { ip: '10.0.0.7' }));
    const { discovery, told, when } = aDiscovery(api);
    await discovery.synced(never);
    await api.when(() => api.openWatches === 1);
    api.remove('uid-a');
    await when(() => told.at(-1) === 'declare');
    expect(told).not.toContain('gone http://10.0.0.7:8000');
  });

  it('leaves a pod out once it has ended: its address may be another pod’s', async () => {
    const api = await anApiServer();
    api.set(aPodObject('evicted', { ip: '10.0.0.7', phase: 'Failed', uid: 'old' }));
    api.set(aPodObject('living', { ip: '10.0.0.7' }));
    const { discovery, declared } = aDiscovery(api);
    await discovery.synced(never);
    expect(declared.at(-1)?.[0]?.workers).toEqual([
      { url: 'http://10.0.0.7:8000', uid: 'uid-living', name: 'living' },
    ]);
  });

  it('keeps the table while the API server is away, and drops what went meanwhile once it is back', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a', { ip: '10.0.0.7' }));
    const { discovery, toFleet, told, when, was } = aDiscovery(api);
    await discovery.synced(never);
    const before = toFleet().length;
    const { port } = api;
    await api.end();
    await when(() => told.filter((what) => what === 'event failed').length >= 5);
    expect(toFleet()).toHaveLength(before);
    expect(discovery.reading).toMatchObject({
      isSynced: true,
      trouble: expect.stringContaining('ECONNREFUSED'),
    });
    const back = await anApiServer(port);
    for (let n = 0; n < 9; n += 1) back.advance();
    back.set(aPodObject('b', { ip: '10.0.0.8' }));
    back.compact();
    await was('declare http://10.0.0.8:8000');
    expect(discovery.reading.lists.filter(({ count }) => count > 0)).toEqual([
      { resource: 'pods', cause: 'start', count: 1 },
      { resource: 'pods', cause: 'expired', count: 1 },
    ]);
  });

  it('gives pods their places anew when other pools are declared', async () => {
    const api = await anApiServer();
    const labels = { ...WORKER_LABELS, 'ropeway.dev/pool': 'spare' };
    api.set(aPodObject('a', { ip: '10.0.0.7', labels }));
    const { discovery, toFleet } = aDiscovery(api);
    await discovery.synced(never);
    expect(discovery.reading.ignored).toHaveLength(1);
    discovery.declare([aPool([]), aPool([], { name: 'spare' })]);
    expect(toFleet().slice(-2)).toEqual(['declare http://10.0.0.7:8000', 'coming spare 0']);
    expect(discovery.reading.ignored).toEqual([]);
  });

  it('says why no pod of a pool can start', async () => {
    const api = await anApiServer();
    const stuck = { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } } };
    api.set(aPodObject('a', { ready: 'False', ip: null, container: stuck }));
    const { discovery, coming } = aDiscovery(api);
    await discovery.synced(never);
    expect(coming.get('default')).toEqual({
      pods: 1,
      obstacle: {
        kind: 'image',
        detail: 'ImagePullBackOff: Back-off pulling image',
        sinceMs: expect.any(Number),
      },
    });
  });
});

describe('Discovery: other modes', () => {
  it('finds the endpoints of each pool’s Service, and follows when the Services change', async () => {
    const api = await anApiServer();
    const slice = (service: string, address: string) => ({
      metadata: { name: service, uid: service, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8_000 }],
      endpoints: [{ addresses: [address], conditions: {}, targetRef: { uid: address, name: address } }],
    });
    api.set(slice('default', '10.0.0.7'), SLICES);
    api.set(slice('long', '10.0.0.8'), SLICES);
    api.set(slice('stranger', '10.0.0.9'), SLICES);
    const { discovery, toFleet, was } = aDiscovery(api, {
      settings: { ...settings, mode: 'endpointslices' },
    });
    await discovery.synced(never);
    expect(toFleet()[0]).toBe('declare http://10.0.0.7:8000');
    discovery.declare([aPool([]), aPool([], { name: 'yarn-4', service: 'long' })]);
    // The old table holds until the new one is there.
    expect(toFleet()).not.toContain('declare');
    await was('declare http://10.0.0.7:8000 http://10.0.0.8:8000');
    expect(api.lists.map((url) => url.searchParams.get('labelSelector'))).toEqual([
      'kubernetes.io/service-name in (default)',
      'kubernetes.io/service-name in (default,long)',
    ]);
  });

  it('finds the pods of InferencePools at their ports, with what their annotations say', async () => {
    const api = await anApiServer();
    const pool = (name: string, changed: object = {}) => ({
      metadata: {
        name,
        uid: name,
        annotations: {
          'ropeway.dev/pool': 'default',
          'ropeway.dev/rope-factor': '1',
          'ropeway.dev/window': '40960',
        },
      },
      spec: {
        selector: { matchLabels: { app: name } },
        targetPorts: [{ number: 8_000 }, { number: 8_001 }],
        ...changed,
      },
    });
    api.set(pool('qwq'), INFERENCE_POOLS);
    api.set(pool('other'), INFERENCE_POOLS);
    api.set(aPodObject('a', { ip: '10.0.0.7', labels: { app: 'qwq' } }));
    api.set(aPodObject('b', { ip: '10.0.0.8', labels: { app: 'qwq', 'ropeway.dev/rope-factor': '2' } }));
    api.set(aPodObject('c', { ip: '10.0.0.9', labels: { app: 'other' } }));
    const { discovery, declared, was } = aDiscovery(api, {
      settings: { ...settings, mode: 'inferencepool', inferencePools: ['qwq', 'later'] },
    });
    await discovery.synced(never);
    expect(declared.at(-1)?.[0]?.workers).toMatchObject([
      { url: 'http://10.0.0.7:8000', uid: 'uid-a' },
      { url: 'http://10.0.0.7:8001', uid: 'uid-a' },
      { url: 'http://10.0.0.8:8000', defect: { cause: 'labels', reason: expect.stringContaining('"2"') } },
      { url: 'http://10.0.0.8:8001', defect: { cause: 'labels', reason: expect.stringContaining('"2"') } },
    ]);
    await api.when(() => api.openWatches === 2);
    api.set(
      {
        ...pool('later'),
        spec: { selector: { matchLabels: { app: 'other' } }, targetPorts: [{ number: 9_000 }] },
      } as never,
      INFERENCE_POOLS,
    );
    api.remove('qwq', INFERENCE_POOLS);
    await was('declare http://10.0.0.9:9000');
    expect(discovery.reading.watches.map(({ resource }) => resource)).toEqual(['inferencepools', 'pods']);
  });
});

describe('Discovery and the fleet', () => {
  it('routes to a pod once the fleet has seen what it serves, and not to one that was asked to end', async () => {
    const worker = await aWorker();
    const api = await anApiServer();
    const { fleet, became, first, lease, happened } = aFleet([aPool([])]);
    aDiscovery(api, { fleet, settings: { ...settings, port: worker.port } });
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('a'));
    await became('ready');
    expect(first()).toMatchObject({ id: worker.url, name: 'a', state: 'ready' });
    const running = lease();
    api.set(aPodObject('a', { isTerminating: true }));
    await became('draining');
    expect(first().reason).toBe('its pod is terminating');
    expect(running.lost.aborted).toBe(false);
    api.remove('uid-a');
    running.release('finished');
    await happened((event) => event.kind === 'worker-gone');
  });

  it.each([
    ['that was there before it its whole share', 'before', 1],
    ['that came later its share gradually', 'later', expect.closeTo(0.1, 0)],
  ])('gives a pod %s', async (_, came, share) => {
    const worker = await aWorker();
    const api = await anApiServer();
    if (came === 'before') api.set(aPodObject('a'));
    const { fleet, became, first } = aFleet([aPool([])]);
    const { discovery } = aDiscovery(api, { fleet, settings: { ...settings, port: worker.port } });
    await discovery.synced(never);
    if (came === 'later') api.set(aPodObject('a'));
    await became('ready');
    expect(first().share).toEqual(share);
  });

  it('gives a pod that is not Ready nothing new, and keeps what runs on it', async () => {
    const worker = await aWorker();
    const api = await anApiServer();
    const { fleet, became, first, lease, events } = aFleet([aPool([])]);
    aDiscovery(api, { fleet, settings: { ...settings, port: worker.port } });
    api.set(aPodObject('a'));
    await became('ready');
    const running = lease();
    api.set(aPodObject('a', { ready: 'False', unready: { reason: 'ContainersNotReady' } }));
    await became('down');
    expect(first()).toMatchObject({
      reason: 'its pod is not Ready (ContainersNotReady)',
      load: { requests: 1 },
    });
    expect(running.lost.aborted).toBe(false);
    const since = events.length;
    api.set(aPodObject('a'));
    await became('ready', since);
    expect(first().load.requests).toBe(1);
  });

  it('quarantines a pod with a wrong factor although it serves the right window', async () => {
    const worker = await aWorker();
    const api = await anApiServer();
    const { fleet, became, first } = aFleet([aPool([])]);
    aDiscovery(api, { fleet, settings: { ...settings, port: worker.port } });
    api.set(aPodObject('a', { labels: { ...WORKER_LABELS, 'ropeway.dev/rope-factor': '4' } }));
    await became('quarantined');
    await fleet.firstLook(never);
    expect(first()).toMatchObject({
      state: 'quarantined',
      reason: expect.stringContaining('pod a says ropeway.dev/rope-factor "4", pool default declares 1'),
    });
  });
});
