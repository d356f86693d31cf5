import { describe, expect, it } from '@jest/globals';
import { aParkingLot, aPool, aStuckPool, aWorker } from './parking-lot-under-test.ts';

describe('the bounds', () => {
  it.each([
    ['requests', { maxRequests: 1 }],
    ['tokens', { maxTokens: 2_999 }],
    ['bytes', { maxBytes: 3_999 }],
  ] as const)(
    'of %s keep the next one out, name themselves, and let it in when one has left',
    (bound, changed) => {
      const { come, parking, told } = aParkingLot({}, changed);
      const first = come();
      expect(first.parked.isGranted).toBe(true);
      const second = come();
      expect(second.parked).toMatchObject({
        isGranted: false,
        fault: { code: 'pool_unavailable', retryAfterMs: 90_000 },
      });
      expect(told.refused).toEqual([['yarn-4', bound]]);
      parking.leave(first.place);
      expect(come().parked.isGranted).toBe(true);
    },
  );

  it.each([
    ['requests', { maxRequests: 4 }],
    ['tokens', { maxTokens: 6_000 }],
    ['bytes', { maxBytes: 8_000 }],
  ] as const)('of %s leave room for others beside the share of one tenant', (_, changed) => {
    const { come, parking, told } = aParkingLot({}, { maxRequests: 99, maxTenantShare: 0.5, ...changed });
    const of = (tenant: string) => come('yarn-4', 1_000, {}, tenant);
    const first = of('acme');
    expect(of('acme').parked.isGranted).toBe(true);
    expect(of('acme').parked).toMatchObject({
      fault: {
        code: 'pool_unavailable',
        message: expect.stringContaining('No more requests of your tenant may wait.'),
      },
    });
    expect(told.refused).toEqual([['yarn-4', 'tenant']]);
    expect(of('other').parked.isGranted).toBe(true);
    parking.leave(first.place);
    expect(of('acme').parked.isGranted).toBe(true);
  });

  it('let one of each tenant in, however small its share, while there is room at all', () => {
    const { come, told } = aParkingLot({}, { maxRequests: 2, maxTenantShare: 0 });
    expect(come('yarn-4', 1_000, {}, 'acme').parked.isGranted).toBe(true);
    expect(come('yarn-4', 1_000, {}, 'acme').parked.isGranted).toBe(false);
    expect(come('yarn-4', 1_000, {}, 'b').parked.isGranted).toBe(true);
    expect(come('yarn-4', 1_000, {}, 'c').parked.isGranted).toBe(false);
    expect(told.refused.map(([, bound]) => bound)).toEqual(['tenant', 'requests']);
  });

  it('never keep out one that was in, whatever came in meanwhile', () => {
    const { come, parking, wish } = aParkingLot({}, { maxRequests: 1 });
    const { place } = come();
    parking.leave(place);
    come();
    expect(parking.park(place, wish('yarn-4')).isGranted).toBe(true);
  });

  it('of time end a wait that has lasted as long as it may', () => {
    const { come, told } = aParkingLot();
    expect(come('yarn-4', 1, { waitedMs: 119_999 }).parked).toMatchObject({ isGranted: true, leftMs: 1 });
    expect(come('yarn-4', 1, { waitedMs: 120_000 }).parked).toMatchObject({
      fault: {
        code: 'pool_unavailable',
        message:
          'Pool yarn-4 is not available: none of its workers is ready. The request waited 120 s. ' +
          'Try again in about 90 s.',
      },
    });
    expect(told.refused).toEqual([['yarn-4', 'time']]);
  });
});

describe('the demand', () => {
  it('is what waits, by the pool it needs, until it leaves, however often that is said', () => {
    const { come, parking, demandOf } = aParkingLot();
    const { place } = come('yarn-4', 2_000);
    come('default', 300);
    expect(demandOf('yarn-4').demand).toMatchObject({ parked: 1, parkedTokens: 2_000, parkedBytes: 4_000 });
    expect(demandOf('default').demand).toMatchObject({ parked: 1, parkedTokens: 300 });
    parking.leave(place);
    parking.leave(place);
    expect(demandOf('yarn-4').demand).toMatchObject({ parked: 0, parkedTokens: 0, parkedBytes: 0 });
  });

  it('goes over from waiting to prefill to running to nothing', () => {
    const { come, parking, demandOf, set } = aParkingLot();
    const need = set(aPool('yarn-4', { workers: [aWorker('yarn-4')] }));
    const { place } = come('yarn-4', 2_000);
    const sent = parking.send(need, 1_500, place);
    expect(demandOf('yarn-4').demand).toMatchObject({ parked: 0, prefillTokens: 1_500, running: 1 });
    sent.firstToken();
    expect(demandOf('yarn-4').demand).toMatchObject({ prefillTokens: 0, running: 1 });
    sent.end();
    sent.end();
    expect(demandOf('yarn-4').demand).toMatchObject({ prefillTokens: 0, running: 0 });
  });

  it('forgets the prefill of one that ends without a token', () => {
    const { parking, demandOf } = aParkingLot();
    parking.send(aPool('default'), 700, null).end();
    expect(demandOf('default').demand).toMatchObject({ prefillTokens: 0, running: 0 });
  });
});

describe('waking a pool', () => {
  it('goes on when whoever asked has left, ends soon after the first ready worker, and was learned from', () => {
    const { come, parking, clock, demandOf, becomeReady, told } = aParkingLot();
    parking.leave(come().place);
    clock.advance(40_000);
    expect(demandOf('yarn-4').isActivated).toBe(true);
    becomeReady('yarn-4');
    becomeReady('yarn-4');
    expect(told.coldStarts).toEqual([['yarn-4', 40_000]]);
    expect(demandOf('yarn-4').isActivated).toBe(true);
    clock.advance(10_000);
    expect(demandOf('yarn-4').isActivated).toBe(false);
  });

  it('is set off by a request that may not wait, too', () => {
    const { come, demandOf } = aParkingLot({}, { maxRequests: 0 });
    come();
    expect(demandOf('yarn-4').isActivated).toBe(true);
  });

  it('is not set off by a pool that is merely full', () => {
    const { come, demandOf, set } = aParkingLot();
    set(aPool('yarn-4', { workers: [aWorker('yarn-4')] }));
    expect(come().parked).toMatchObject({ isGranted: true, isCold: false });
    expect(demandOf('yarn-4').isActivated).toBe(false);
  });

  it('is not set off by a route that was chosen before the worker came', () => {
    const { clock, come, wish, becomeReady, demandOf, told } = aParkingLot();
    come();
    const stale = wish('yarn-4');
    clock.advance(40_000);
    becomeReady('yarn-4');
    clock.advance(10_000);
    expect(come('yarn-4', 1, stale).parked).toMatchObject({ isGranted: true, isCold: false });
    expect(demandOf('yarn-4').isActivated).toBe(false);
    expect(told.coldStarts).toEqual([['yarn-4', 40_000]]);
  });

  it('is given up after so long, and begins anew with the next request', () => {
    const { come, clock, demandOf, becomeReady, told } = aParkingLot();
    come();
    clock.advance(900_000);
    expect(demandOf('yarn-4').isActivated).toBe(false);
    come();
    clock.advance(7_000);
    becomeReady('yarn-4');
    expect(told.coldStarts).toEqual([['yarn-4', 7_000]]);
  });

  it('ends, too, with a worker that comes back without a word', () => {
    const { come, clock, demandOf, set, told } = aParkingLot();
    set(aPool('yarn-4', { workers: [aWorker('yarn-4', { isStalled: true })] }));
    come();
    clock.advance(3_000);
    set(aPool('yarn-4', { workers: [aWorker('yarn-4')] }));
    demandOf('yarn-4');
    expect(told.coldStarts).toEqual([['yarn-4', 3_000]]);
  });
});

describe('the estimate', () => {
  it('is what is left of a cold start as they were, and what stands in line before', () => {
    const { come, clock, becomeReady, set, parking, wish } = aParkingLot();
    const { place } = come();
    clock.advance(30_000);
    becomeReady('yarn-4');
    clock.advance(2_000);
    parking.send(wish('yarn-4').need, 1, place).end();
    clock.advance(3_600_000);
    const need = set(aPool('yarn-4'));
    expect(parking.estimateMs(need)).toBe(30_000);
    expect(come().parked).toMatchObject({ isCold: true, estimateMs: 30_000 });
    clock.advance(10_000);
    // It took the last line 2 s to move by one, once there was a worker.
    expect(come().parked).toMatchObject({ estimateMs: 20_000 + 2_000 });
  });

  it('is the pace of the line, for a pool that is full', () => {
    const { come, clock, set, parking } = aParkingLot();
    const need = set(aPool('default', { workers: [aWorker('default')] }));
    expect(come('default').parked).toMatchObject({ estimateMs: 1_000 });
    const { place } = come('default');
    clock.advance(4_000);
    parking.send(need, 1, place);
    expect(come('default').parked).toMatchObject({ estimateMs: 8_000 });
  });

  it('of a line that stands is what its next one takes, and the usual pace after it', () => {
    const { come, clock, set, parking } = aParkingLot({}, { maxRequests: 9 });
    const need = set(aPool('default', { workers: [aWorker('default')] }));
    const { place } = come('default');
    for (let nth = 0; nth < 3; nth++) come('default');
    clock.advance(2_000);
    parking.send(need, 1, place);
    // A very long prompt is computed: the next has waited for a minute, but not each after it will.
    clock.advance(60_000);
    expect(parking.estimateMs(need)).toBe(60_000 + 3 * 2_000);
  });

  it('is not what a line took that ended long ago', () => {
    const { come, clock, set, parking } = aParkingLot();
    const need = set(aPool('default', { workers: [aWorker('default')] }));
    const { place } = come('default');
    clock.advance(2_000);
    parking.send(need, 1, place);
    clock.advance(3_600_000);
    expect(parking.estimateMs(need)).toBe(2_000);
  });

  it('of a refusal is not before a place becomes free, whichever pool it is for', () => {
    const { come, set } = aParkingLot({}, { maxRequests: 1 });
    come('yarn-4');
    set(aPool('default', { workers: [aWorker('default')] }));
    expect(come('default').parked).toMatchObject({ isGranted: false, estimateMs: 90_000 });
  });
});

describe('a pool whose pods cannot start', () => {
  const detail = '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.';

  it('wakes whoever waits once the grace is over, once, and says why', () => {
    const { come, parking, clock, set, wish, told } = aParkingLot();
    const { place } = come();
    let woken = 0;
    place.wake = () => {
      woken += 1;
    };
    set(aStuckPool('yarn-4', { kind: 'image', detail: 'pull access denied', sinceMs: clock.nowMs() }));
    clock.advance(19_000);
    expect(woken).toBe(0);
    expect(parking.whyWaiting('yarn-4')).toBe('waiting for pool yarn-4: pull access denied');
    for (let tick = 0; tick < 10; tick++) clock.advance(1_000);
    expect(woken).toBe(1);
    expect(parking.park(place, wish('yarn-4', { waitedMs: 29_000 }))).toMatchObject({
      isGranted: false,
      fault: {
        code: 'pool_unavailable',
        message: 'Pool yarn-4 is not available: pull access denied. Try again in about 90 s.',
      },
    });
    expect(told.refused).toEqual([['yarn-4', 'obstacle']]);
  });

  it('lets those wait who may go to a larger pool: soon, or to one that is not stuck', () => {
    const { come, set } = aParkingLot();
    set(aStuckPool('default', { kind: 'unschedulable', detail, sinceMs: 0 }));
    expect(come('default').parked.isGranted).toBe(false);
    expect(come('default', 1, { isToSpill: true }).parked.isGranted).toBe(true);
    expect(come('default', 1, { waitFor: ['default', 'yarn-4'] }).parked.isGranted).toBe(true);
  });

  it('stays in demand', () => {
    const { come, set, demandOf } = aParkingLot();
    set(aStuckPool('yarn-4', { kind: 'unschedulable', detail, sinceMs: 0 }));
    come();
    expect(demandOf('yarn-4').isActivated).toBe(true);
  });
});

it('says nothing of a wait for a pool that has workers', () => {
  const { parking, set } = aParkingLot();
  set(aPool('default', { workers: [aWorker('default')] }));
  expect(parking.whyWaiting('default')).toBeNull();
  expect(parking.whyWaiting('gone')).toBeNull();
});

it('looks after those who wait only while somebody does', () => {
  const { come, parking, clock } = aParkingLot();
  const { place } = come();
  expect(clock.pending).toBe(1);
  parking.leave(place);
  clock.advance(250);
  expect(clock.pending).toBe(0);
});

it('shows each pool to the metrics, those nobody wants too', () => {
  const { come, clock, parking } = aParkingLot();
  come('yarn-4', 2_000);
  clock.advance(1_500);
  come('yarn-4', 100);
  expect(parking.reading()).toEqual([
    expect.objectContaining({ pool: 'default', parked: 0, oldestMs: 0, isActivated: false }),
    {
      pool: 'yarn-4',
      parked: 2,
      parkedDemandTokens: 3_100,
      parkedBytes: 4_200,
      oldestMs: 1_500,
      outstandingTokens: 2_100,
      isActivated: true,
      activationAgeMs: 1_500,
    },
  ]);
});
