import { afterEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.ts';
import { anApiServer, aPodObject, aReflector, closeAll, never } from './discovery-under-test.ts';
import { EXPIRED, line, PODS, refuse } from './stand-in-api-server.ts';

afterEach(closeAll);

describe('Reflector: list and watch', () => {
  it('reads the list page by page and watches from there', async () => {
    const api = await anApiServer();
    for (let n = 0; n < 5; n += 1) api.set(aPodObject(`pod-${n}`));
    const { reflector, names } = aReflector(api, { options: { pageObjects: 2 } });
    await expect(reflector.synced(never)).resolves.toBe(true);
    expect(names()).toEqual(['pod-0', 'pod-1', 'pod-2', 'pod-3', 'pod-4']);
    expect(api.lists.map((url) => url.searchParams.get('continue'))).toEqual([null, '2', '4']);
    await api.when(() => api.openWatches === 1);
    const [watch] = api.watches;
    expect(watch?.searchParams.get('resourceVersion')).toBe(api.version);
    expect(watch?.searchParams.get('allowWatchBookmarks')).toBe('true');
  });

  it('tells what is added, changed and removed', async () => {
    const api = await anApiServer();
    const { tables, when, reflector } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('a', { ready: 'False' }));
    await when(() => tables.at(-1)?.join() === 'a');
    api.set(aPodObject('a'));
    await when(() => reflector.objects[0]?.isReady === true);
    api.remove('uid-a');
    await when(() => tables.length === 4);
    expect(tables).toEqual([[], ['a'], ['a'], []]);
  });

  it('reads a gzipped list', async () => {
    const api = await anApiServer();
    api.isGzip = true;
    api.set(aPodObject('a'));
    const { reflector, names } = aReflector(api);
    await reflector.synced(never);
    expect(names()).toEqual(['a']);
  });

  it('tells a batch of events once', async () => {
    const api = await anApiServer();
    const { tables, when } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    const events = ['a', 'b', 'c'].map((name) => line('ADDED', versioned(aPodObject(name), '200')));
    api.send(events.join(''));
    await when(() => tables.length >= 2);
    expect(tables).toEqual([[], ['a', 'b', 'c']]);
  });

  it('reads a line whose characters lie across chunks', async () => {
    const api = await anApiServer();
    const { reflector, when } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    const bytes = Buffer.from(line('ADDED', versioned(aPodObject('a', { labels: { who: 'Zoë €' } }), '200')));
    const cut = bytes.indexOf(0xe2) + 1;
    api.send(bytes.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    api.send(bytes.subarray(cut));
    await when(() => reflector.objects.length === 1);
    expect(reflector.objects[0]?.labels.who).toBe('Zoë €');
  });

  it('goes on from a bookmark without a new list', async () => {
    const api = await anApiServer();
    const { happened } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.advance();
    const { version } = api;
    api.bookmark();
    api.advance();
    api.endWatches();
    await api.when(() => api.watches.length === 2);
    expect(api.watches[1]?.searchParams.get('resourceVersion')).toBe(version);
    expect(api.lists).toHaveLength(1);
    await happened('listed');
  });

  it('takes no event that is older than what it has seen, and the same one twice without harm', async () => {
    const api = await anApiServer();
    const { reflector, tables, when } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    const now = line('MODIFIED', versioned(aPodObject('a'), '205'));
    const late = line('MODIFIED', versioned(aPodObject('a', { ready: 'False' }), '203'));
    api.send(now + now + late + line('ADDED', versioned(aPodObject('b'), '206')));
    await when(() => tables.length >= 2);
    expect(tables.at(-1)).toEqual(['a', 'b']);
    expect(reflector.objects.find(({ name }) => name === 'a')?.isReady).toBe(true);
  });

  it('keeps a pod that took the name of another while that one goes', async () => {
    const api = await anApiServer();
    api.set(aPodObject('worker-0', { uid: 'old' }));
    const { reflector, when } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('worker-0', { uid: 'new' }));
    api.remove('old');
    await when(() => reflector.objects.length === 1 && reflector.objects[0]?.uid === 'new');
  });
});

describe('Reflector: what was lost is found again', () => {
  it('goes on where it was when the connection breaks in the middle of a line', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    const { names, when, happened } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.send('{"type":"DELETED","obj');
    await new Promise((resolve) => setImmediate(resolve));
    api.resetWatches();
    await happened('failed');
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('b'));
    await when(() => names().join() === 'a,b');
    expect(api.lists).toHaveLength(1);
  });

  it.each([
    ['in the stream', null],
    [
      'as a status',
      (api: Awaited<ReturnType<typeof anApiServer>>) =>
        api.nextWatch((_, res) => refuse(res, 410, 'too old resource version')),
    ],
  ] as const)('lists anew after a 410 %s, and drops what is gone', async (_, script) => {
    const api = await anApiServer();
    api.set(aPodObject('stays'));
    api.set(aPodObject('goes'));
    const { names, when, events } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.nextWatch((_req, res) => {
      // While nobody watches: one goes, one comes, and the history is compacted.
      api.remove('uid-goes');
      api.set(aPodObject('comes'));
      api.compact();
      res.destroy();
    });
    script?.(api);
    api.resetWatches();
    await when(() => names().join() === 'comes,stays');
    expect(events).toContainEqual(expect.objectContaining({ kind: 'listed', cause: 'expired' }));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'failed', cause: 'expired' }));
  });

  it('lists from the beginning when the list expires between two pages', async () => {
    const api = await anApiServer();
    for (const name of ['a', 'b', 'c']) api.set(aPodObject(name));
    api.nextList((_, res, url) => api.list(res, url));
    api.nextList((_, res) => refuse(res, 410, 'the continue parameter is too old'));
    const { reflector, names } = aReflector(api, { options: { pageObjects: 2 } });
    await reflector.synced(never);
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(api.lists.map((url) => url.searchParams.get('continue'))).toEqual([null, '2', null, '2']);
  });

  it('finds out a watch that is open and silent, and keeps the table meanwhile', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    const clock = new ManualClock();
    const { reflector, names, events, happened } = aReflector(api, {
      clock,
      random: () => 0,
      options: { watchMs: 30_000, watchGraceMs: 3_000 },
    });
    // From here on it says nothing: it has hung, or is ending.
    await happened('watching');
    clock.advance(32_999);
    expect(api.openWatches).toBe(1);
    expect(reflector.reading.ageMs).toBe(32_999);
    clock.advance(1);
    await happened('failed');
    expect(events.at(-1)).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(names()).toEqual(['a']);
    clock.advance(1_000);
    await happened('listed', 2);
    expect(events.at(-1)).toMatchObject({ kind: 'listed', cause: 'silent' });
  });

  it('lists anew after a watch that ended without a word: its version may be of another history', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    const { events, happened } = aReflector(api, { clock });
    await happened('watching');
    clock.advance(24_000);
    api.endWatches();
    await happened('listed', 2);
    expect(events.at(-1)).toMatchObject({ kind: 'listed', cause: 'silent' });
  });

  it('lists anew when a line is no JSON, when it is too long, and when the watch reports an error', async () => {
    const api = await anApiServer();
    const { events, happened } = aReflector(api, { options: { maxLineBytes: 5_000 } });
    const bad = ['{"type":\n', `{"x":"${'y'.repeat(6_000)}`, line('ERROR', { code: 500, message: 'etcd' })];
    for (const [at, text] of bad.entries()) {
      await api.when(() => api.openWatches === 1);
      api.send(text);
      await happened('listed', at + 2);
    }
    expect(events.filter(({ kind }) => kind === 'listed').slice(1)).toEqual([
      expect.objectContaining({ cause: 'failed' }),
      expect.objectContaining({ cause: 'failed' }),
      expect.objectContaining({ cause: 'failed' }),
    ]);
  });
});

describe('Reflector: an error is no news', () => {
  it('is not synced by a list that fails, tries again, and tells no empty table', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    api.nextList((_, res) => refuse(res, 500, 'etcdserver: leader changed'));
    api.nextList((_, res) => res.destroy());
    api.nextList((_, res) => res.writeHead(200).end('{"metadata":{"resourceV'));
    api.nextList((_, res) => res.writeHead(200).end('<html>a proxy</html>'));
    const { reflector, tables, events } = aReflector(api);
    await reflector.synced(never);
    expect(tables).toEqual([['a']]);
    expect(events.flatMap((event) => (event.kind === 'failed' ? event.cause : []))).toEqual([
      'refused',
      'unreachable',
      'unreadable',
      'unreadable',
    ]);
  });

  it('keeps the table while the server is away, and takes what changed when it is back', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    const { reflector, tables, names, when, happened } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    const { port } = api;
    await api.end();
    await happened('failed', 5);
    expect(names()).toEqual(['a']);
    expect(tables).toEqual([['a']]);
    expect(reflector.reading.trouble).toContain('ECONNREFUSED');
    const back = await anApiServer(port);
    for (let n = 0; n < 50; n += 1) back.advance();
    back.set(aPodObject('b'));
    back.compact();
    await when(() => names().join() === 'b');
    expect(reflector.reading.trouble).toBeNull();
  });

  it('gives up a list that hangs, were it in the middle', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    api.nextList((_, res) => res.writeHead(200).write('{"metadata":'));
    api.nextList(() => {});
    const { reflector, events, happened } = aReflector(api, { clock, random: () => 0 });
    for (const at of [1, 2]) {
      await api.when(() => api.lists.length === at);
      clock.advance(10_000);
      await happened('failed', at);
      expect(events.at(-1)).toMatchObject({ cause: 'timeout', detail: 'no whole list page within 10000 ms' });
      clock.advance(1_000);
    }
    await expect(reflector.synced(never)).resolves.toBe(true);
  });

  it('keeps an object as it was when what comes cannot be read, and takes the others', async () => {
    const api = await anApiServer();
    api.set(aPodObject('a'));
    const { names, when, happened, kinds } = aReflector(api);
    await api.when(() => api.openWatches === 1);
    api.send(line('MODIFIED', { metadata: { uid: 'uid-a' } }));
    api.set(aPodObject('b'));
    await when(() => names().join() === 'a,b');
    await happened('object-unreadable');
    expect(kinds()).not.toContain('failed');
    api.nextList((_, res) => {
      const items = [{ metadata: { uid: 'uid-a' } }, aPodObject('c')];
      res.writeHead(200).end(JSON.stringify({ metadata: { resourceVersion: api.version }, items }));
    });
    api.send(line('ERROR', EXPIRED));
    await when(() => names().join() === 'a,c');
  });

  it('survives whoever is told and throws', async () => {
    const api = await anApiServer();
    const { names, when, happened } = aReflector(api, {
      changed: () => {
        throw new TypeError('a bug of ours');
      },
    });
    await api.when(() => api.openWatches === 1);
    api.set(aPodObject('a'));
    await when(() => names().join() === 'a');
    await happened('handler-failed', 2);
  });
});

describe('Reflector: rights', () => {
  it('reads a token that was rotated and goes on at once', async () => {
    const api = await anApiServer();
    api.tokens.add('new');
    api.token = 'old';
    api.rotated = 'new';
    const { reflector, kinds } = aReflector(api);
    await reflector.synced(never);
    expect(api.lists).toHaveLength(2);
    expect(kinds()[0]).toBe('listed');
  });

  it('says so and tries again while no token is taken', async () => {
    const api = await anApiServer();
    api.tokens.add('new');
    api.token = 'old';
    const { reflector, events, happened } = aReflector(api);
    await happened('failed', 2);
    expect(events.at(-1)).toMatchObject({ cause: 'unauthorized', detail: '401: Unauthorized' });
    expect(api.lists.length).toBeGreaterThanOrEqual(4);
    api.rotated = 'new';
    await reflector.synced(never);
  });

  it('says in the words of the server which right is missing', async () => {
    const api = await anApiServer();
    const words = 'pods is forbidden: User "x" cannot list resource "pods"';
    api.nextList((_, res) => refuse(res, 403, words));
    const { reflector, happened } = aReflector(api, { options: { firstPauseMs: 3_600_000 } });
    await happened('failed');
    expect(reflector.reading).toEqual({ isSynced: false, ageMs: null, trouble: `403: ${words}` });
  });
});

describe('Reflector: pauses', () => {
  it('leaves a server alone for as long as it asks', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    api.nextList((_, res) => refuse(res, 429, 'too many requests', { 'retry-after': '7' }));
    const { events, happened } = aReflector(api, { clock });
    await happened('failed');
    expect(events.at(-1)).toMatchObject({ pauseMs: 7_000 });
    clock.advance(6_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(api.lists).toHaveLength(1);
    clock.advance(1);
    await happened('listed');
  });

  it('waits longer from failure to failure, and from the first again after a watch that lived', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    const { events, happened } = aReflector(api, {
      clock,
      random: () => 0.999_999,
      options: { firstPauseMs: 100, longestPauseMs: 1_000 },
    });
    const pauses = () => events.flatMap((e) => (e.kind === 'failed' ? Math.round(e.pauseMs) : []));
    // A server that answers lists and lets no watch live.
    for (let n = 1; n <= 5; n += 1) {
      await happened('watching', n);
      api.send(line('ERROR', EXPIRED));
      await happened('failed', n);
      clock.advance(1_000);
    }
    expect(pauses()).toEqual([100, 200, 400, 800, 1_000]);
    await happened('watching', 6);
    clock.advance(2_000);
    api.bookmark();
    await happened('recovered');
    api.resetWatches();
    await happened('failed', 6);
    expect(pauses().at(-1)).toBe(100);
  });

  it('lets no list wait for what failed while the server was away', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    for (let n = 0; n < 6; n += 1)
      api.nextWatch((_, res) => refuse(res, 503, 'starting', { 'retry-after': '1' }));
    const { events, happened } = aReflector(api, {
      clock,
      random: () => 0.999_999,
      options: { firstPauseMs: 100 },
    });
    for (let n = 1; n <= 6; n += 1) {
      await happened('failed', n);
      clock.advance(60_000);
    }
    await happened('watching');
    api.send(line('ERROR', EXPIRED));
    await happened('failed', 7);
    expect(events.at(-1)).toMatchObject({ cause: 'expired', failures: 1 });
    clock.advance(100);
    await happened('listed', 2);
  });

  it('slows down for a server that ends every watch at once', async () => {
    const api = await anApiServer();
    for (let n = 0; n < 4; n += 1) api.nextWatch((_, res) => res.writeHead(200).end());
    const { events, happened } = aReflector(api);
    await happened('failed', 4);
    expect(events.filter(({ kind }) => kind === 'listed')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ cause: 'broken', failures: 4 });
  });
});

describe('Reflector: the end', () => {
  it('leaves no timer and no connection behind, and tells nothing more', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    const { reflector, tables, kinds, happened } = aReflector(api, { clock });
    await happened('watching');
    await reflector.close();
    expect(clock.pending).toBe(0);
    await api.when(() => api.openWatches === 0);
    api.set(aPodObject('late'));
    expect(tables).toEqual([[]]);
    expect(kinds()).toEqual(['listed', 'watching']);
  });

  it('ends in the middle of a pause, of a list, and before the first', async () => {
    const api = await anApiServer();
    const clock = new ManualClock();
    api.nextList(() => {});
    const hanging = aReflector(api, { clock });
    const waiting = hanging.reflector.synced(never);
    await api.when(() => api.lists.length === 1);
    await hanging.reflector.close();
    await expect(waiting).resolves.toBe(false);
    api.nextList((_, res) => refuse(res, 500, 'no'));
    const pausing = aReflector(api, { clock });
    await pausing.happened('failed');
    await pausing.reflector.close();
    expect(clock.pending).toBe(0);
    await expect(pausing.reflector.synced(AbortSignal.abort())).resolves.toBe(false);
  });
});

it('asks for what the selector says, in the namespace', async () => {
  const api = await anApiServer();
  const { podResource } = await import('./pod.ts');
  const { reflector } = aReflector(api, { resource: podResource('ropeway', 'a=b,c') });
  await reflector.synced(never);
  await api.when(() => api.watches.length === 1);
  for (const url of [api.lists[0], api.watches[0]]) {
    expect(url?.pathname).toBe(PODS);
    expect(url?.searchParams.get('labelSelector')).toBe('a=b,c');
  }
});

function versioned(object: ReturnType<typeof aPodObject>, resourceVersion: string) {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
