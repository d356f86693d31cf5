import { afterEach, describe, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { canBeWithoutDescriptors, withoutDescriptors } from '../../../test/servers/without-descriptors.ts';
import { type Clock, systemClock } from './clock.ts';
import { aFleet, aPool, aWorker, closeAll, lost, terms } from './fleet-under-test.ts';

/** Of a question to a worker, and of nothing else. */
const PROBE_MS = 4_321;

afterEach(closeAll);

describe('StaticFleet: workers that fail', () => {
  it('ends a silent stream when the port refuses, though its connection stays open', async () => {
    const worker = await aWorker();
    const { fleet, lease, first, became } = aFleet([aPool([worker])]);
    await became('ready');
    const one = lease();
    one.firstToken();
    worker.stopListening();
    const reason = await lost(one);
    expect(reason).toBeInstanceOf(Fault);
    expect(reason).toMatchObject({ code: 'worker_failed' });
    expect(first().state).toBe('down');
    expect(fleet.lease(first().id, terms)).toBeNull();
  });

  it('takes a dead engine behind a living port for dead', async () => {
    const worker = await aWorker();
    const { lease, became } = aFleet([aPool([worker])]);
    await became('ready');
    const one = lease();
    worker.healthStatus = 503;
    await became('down');
    await lost(one);
  });

  it('forgives one look without an answer, and not three', async () => {
    const worker = await aWorker();
    const { first, became } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 250 } });
    await became('ready');
    const asked = () => worker.asked.filter((path) => path === '/health').length;
    const before = asked();
    worker.hanging.add('/health');
    while (asked() < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(first().state).toBe('ready');
    await became('down');
    expect(asked()).toBeGreaterThanOrEqual(before + 3);
  });

  it('does not give up a worker that answers no look but streams', async () => {
    const worker = await aWorker();
    const { first, lease, became } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 250 } });
    await became('ready');
    const one = lease();
    one.firstToken();
    const tokens = setInterval(() => one.progress(1), 2);
    const asked = () => worker.asked.filter((path) => path === '/health').length;
    const before = asked();
    worker.hanging.add('/health');
    while (asked() < before + 6) await new Promise((resolve) => setTimeout(resolve, 1));
    clearInterval(tokens);
    expect([first().state, one.lost.aborted]).toEqual(['ready', false]);
  });

  it('looks at once when a request failed, and not only at the next turn', async () => {
    const worker = await aWorker();
    const slow = { healthIntervalMs: 3_600_000, scrapeIntervalMs: 3_600_000 };
    const { lease, became } = aFleet([aPool([worker])], { options: slow });
    await became('ready');
    worker.stopListening();
    lease().release('failed');
    await became('down');
  });

  it('looks at once when a stream falls silent', async () => {
    const worker = await aWorker();
    const slow = { healthIntervalMs: 3_600_000, scrapeIntervalMs: 3_600_000 };
    const { lease, became } = aFleet([aPool([worker])], { options: slow });
    await became('ready');
    const one = lease();
    one.firstToken();
    worker.stopListening();
    await lost(one);
  });

  it('takes a worker back when it answers again, with its share growing', async () => {
    const worker = await aWorker();
    const { port } = worker;
    const { first, became, events } = aFleet([aPool([worker])]);
    await became('ready');
    const view = first();
    await worker.end();
    await became('down');
    const since = events.length;
    await aWorker(null, port);
    await became('ready', since);
    expect(first()).toBe(view);
    expect(view.share).toBeLessThan(1);
  });

  it('notices a restart between two looks by counters that went back, and verifies anew', async () => {
    const worker = await aWorker();
    const { lease, became, events } = aFleet([aPool([worker])]);
    await became('ready');
    const one = lease();
    const since = events.length;
    worker.generationTokens = 3;
    worker.countedTokens = 12;
    await became('down', since);
    await lost(one);
    await became('quarantined', since);
  });

  it('drops what an earlier process said, and does not wait for the rest of it', async () => {
    const worker = await aWorker();
    const { became, events } = aFleet([aPool([worker])], {
      options: { probeTimeoutMs: 60_000 },
    });
    await became('ready');
    // It is restarted once, and again while its second life is asked how it counts.
    worker.hanging.add('/tokenize');
    const asked = worker.asked.length;
    worker.generationTokens = 50;
    await became('down');
    while (!worker.asked.slice(asked).includes('/tokenize')) await new Promise((next) => setTimeout(next, 1));
    const since = events.length;
    worker.hanging.delete('/tokenize');
    worker.generationTokens = 10;
    await became('ready', since);
    expect(events).not.toContainEqual(expect.objectContaining({ result: 'unanswered' }));
  });

  it('looks at once when a scrape finds the port closed', async () => {
    const worker = await aWorker();
    const { became } = aFleet([aPool([worker])], { options: { healthIntervalMs: 3_600_000 } });
    await became('ready');
    await worker.end();
    await became('down');
  });

  it('finds a worker that says it is healthy and does nothing', async () => {
    const worker = await aWorker();
    const { first, lease, happened, became } = aFleet([aPool([worker])], { options: { stallMs: 60 } });
    await became('ready');
    const one = lease();
    one.firstToken();
    await happened((event) => event.kind === 'stalled' && event.isStalled);
    expect(first()).toMatchObject({ state: 'ready', isStalled: true });
    one.progress(1);
    await happened((event) => event.kind === 'stalled' && !event.isStalled);
    expect(one.lost.aborted).toBe(false);
  });

  it('takes a stalled worker back when it gives a token, although one answer hangs for ever', async () => {
    const worker = await aWorker();
    const { events, lease, happened, became } = aFleet([aPool([worker])], { options: { stallMs: 60 } });
    await became('ready');
    const hanging = lease();
    hanging.firstToken();
    await happened((event) => event.kind === 'stalled' && event.isStalled);
    // Refused twice: that proves nothing, and it is asked again.
    await worker.wasAsked('/v1/completions', 2);
    expect(events).not.toContainEqual(expect.objectContaining({ kind: 'stalled', isStalled: false }));
    worker.isGenerating = true;
    await happened((event) => event.kind === 'stalled' && !event.isStalled);
    expect(hanging.lost.aborted).toBe(false);
  });

  const onLinux = canBeWithoutDescriptors ? it : it.skip;
  onLinux(
    'calls no worker down, and ends nothing it runs, while the gateway has no file descriptor',
    async () => {
      const worker = await aWorker();
      let questions = 0;
      const clock: Clock = {
        ...systemClock,
        after: (delayMs, run) => {
          if (delayMs === PROBE_MS) questions += 1;
          return systemClock.after(delayMs, run);
        },
      };
      const options = { probeTimeoutMs: PROBE_MS };
      const { first, lease, became } = aFleet([aPool([worker])], { clock, options });
      await became('ready');
      const one = lease();
      await withoutDescriptors(async () => {
        const before = questions;
        while (questions < before + 20) await new Promise((resolve) => setTimeout(resolve, 1));
        expect([first().state, one.lost.aborted]).toEqual(['ready', false]);
      });
      expect([first().state, one.lost.aborted]).toEqual(['ready', false]);
    },
  );
});
