import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { PoolDeclaration } from '../fleet.ts';
import { aPool } from '../fleet-under-test.ts';
import type { FoundPod } from './found-pod.ts';
import { planFleet } from './plan-fleet.ts';

const pools: readonly PoolDeclaration[] = [
  aPool([]),
  aPool([], { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, windowTokens: 131_072 }),
];

function aFound(name: string, changed: Partial<FoundPod> = {}): FoundPod {
  return {
    uid: `uid-${name}`,
    name,
    origins: [`http://10.0.0.${name.charCodeAt(0)}:8000`],
    pool: 'default',
    claims: { ropeFactor: '1', windowTokens: '40960' },
    isReady: true,
    unreadyReason: '',
    isTerminating: false,
    trouble: null,
    ...changed,
  };
}

const plan = (found: readonly FoundPod[], wasReady: readonly string[] = []) =>
  planFleet(pools, found, new Set(wasReady));
const workersIn = (found: readonly FoundPod[], wasReady: readonly string[] = []) =>
  plan(found, wasReady).pools.flatMap(({ workers }) => workers);
const yarn = { pool: 'yarn-4', claims: { ropeFactor: '4', windowTokens: '131072' } };

describe('planFleet', () => {
  it('puts each Ready pod into the pool its label names, beside the workers the pool names itself', () => {
    const own = [{ ...aPool([{ url: 'http://10.1.0.1:8000' }]) }, ...pools.slice(1)];
    const { pools: planned } = planFleet(own, [aFound('a'), aFound('b', yarn)], new Set());
    expect(planned.map(({ name, workers }) => [name, workers.map(({ url }) => url)])).toEqual([
      ['default', ['http://10.1.0.1:8000', 'http://10.0.0.97:8000']],
      ['yarn-4', ['http://10.0.0.98:8000']],
    ]);
    expect(planned[1]?.workers[0]).toEqual({ url: 'http://10.0.0.98:8000', uid: 'uid-b', name: 'b' });
  });

  it('declares a worker for each port of a pod', () => {
    const found = aFound('a', { origins: ['http://10.0.0.1:8000', 'http://10.0.0.1:8001'] });
    expect(workersIn([found]).map(({ url, uid }) => [url, uid])).toEqual([
      ['http://10.0.0.1:8000', 'uid-a'],
      ['http://10.0.0.1:8001', 'uid-a'],
    ]);
  });

  it('declares no pod that is not Ready yet, and says it is coming', () => {
    const coming = aFound('a', { isReady: false });
    expect(workersIn([coming])).toEqual([]);
    expect(plan([coming]).coming).toEqual(
      new Map([
        ['default', [{ uid: 'uid-a', trouble: null }]],
        ['yarn-4', []],
      ]),
    );
  });

  it('keeps a pod that was Ready, gives it nothing new while it is not, and says why', () => {
    const unready = aFound('a', { isReady: false, unreadyReason: 'ContainersNotReady' });
    expect(workersIn([unready], ['uid-a'])).toEqual([
      {
        url: 'http://10.0.0.97:8000',
        uid: 'uid-a',
        name: 'a',
        pause: 'its pod is not Ready (ContainersNotReady)',
      },
    ]);
    expect(plan([unready], ['uid-a']).coming.get('default')).toHaveLength(1);
  });

  it('declares no pod that was asked to end, and counts it neither as coming nor as left out', () => {
    const going = aFound('a', { isReady: false, isTerminating: true, pool: 'nobody' });
    expect(plan([going], ['uid-a'])).toMatchObject({
      terminating: ['http://10.0.0.97:8000'],
      ignored: new Map(),
    });
    expect(workersIn([going], ['uid-a'])).toEqual([]);
    expect(plan([going]).coming.get('default')).toEqual([]);
  });
});

describe('planFleet: bad pods', () => {
  it.each([
    [
      'another factor',
      { ...yarn, claims: { ropeFactor: '2', windowTokens: '131072' } },
      'pod a says ropeway.dev/rope-factor "2", pool yarn-4 declares 4; start its vLLM as the pool declares and label it so, or give it the label of the pool it was started for',
    ],
    [
      'a smaller window',
      { ...yarn, claims: { ropeFactor: '4', windowTokens: '65536' } },
      'pod a says ropeway.dev/window "65536", pool yarn-4 declares 131072',
    ],
    [
      'no factor',
      { ...yarn, claims: { ropeFactor: null, windowTokens: '131072' } },
      'pod a has no label ropeway.dev/rope-factor; label it "4" as pool yarn-4 declares',
    ],
    [
      'no window',
      { claims: { ropeFactor: '1', windowTokens: null } },
      'pod a has no label ropeway.dev/window',
    ],
    ['a factor that is no number', { claims: { ropeFactor: 'four', windowTokens: '40960' } }, '"four"'],
    ['an empty factor', { claims: { ropeFactor: '', windowTokens: '40960' } }, '""'],
  ])('quarantines one with %s, with a sentence that says what to change', (_, changed, sentence) => {
    const [worker] = workersIn([aFound('a', changed)]);
    expect(worker?.defect).toEqual({ cause: 'labels', reason: expect.stringContaining(sentence) });
  });

  it('says of a wrong pod that is on its way that it will not do', () => {
    const wrong = aFound('a', { isReady: false, claims: { ropeFactor: '2', windowTokens: '40960' } });
    expect(plan([wrong]).coming.get('default')).toEqual([
      { uid: 'uid-a', trouble: { kind: 'config', detail: expect.stringContaining('"2"') } },
    ]);
  });

  it('takes 4.0 for 4, and asks nothing of a pod found without labels', () => {
    expect(
      workersIn([aFound('a', { ...yarn, claims: { ropeFactor: '4.0', windowTokens: '131072' } })]),
    ).toEqual([expect.not.objectContaining({ defect: expect.anything() })]);
    expect(workersIn([aFound('a', { ...yarn, claims: null })])[0]?.defect).toBeUndefined();
  });

  it('quarantines an address two pods claim, and names both', () => {
    const origins = ['http://10.0.0.1:8000'];
    const found = [aFound('b', { origins, ...yarn }), aFound('a', { origins })];
    expect(workersIn(found)).toEqual([
      {
        url: 'http://10.0.0.1:8000',
        uid: 'uid-a',
        name: 'a',
        defect: {
          cause: 'address',
          reason: expect.stringContaining('pods a and b are both at http://10.0.0.1:8000'),
        },
      },
    ]);
  });

  it('lets the living have the address of a pod that goes', () => {
    const origins = ['http://10.0.0.1:8000'];
    const found = [aFound('a', { origins, isTerminating: true, isReady: false }), aFound('b', { origins })];
    expect(plan(found).terminating).toEqual([]);
    expect(workersIn(found)).toEqual([{ url: 'http://10.0.0.1:8000', uid: 'uid-b', name: 'b' }]);
  });

  it('leaves out a pod of no pool, and one of a pool nobody declared, with what to change', () => {
    const { ignored, pools: planned } = plan([aFound('a', { pool: null }), aFound('b', { pool: 'yarn-8' })]);
    expect(planned.flatMap(({ workers }) => workers)).toEqual([]);
    expect([...ignored.values()]).toEqual([
      'pod a has no label ropeway.dev/pool; label it with the name of its pool (default, yarn-4), or keep it out of discovery.selector',
      'pod b is of pool "yarn-8", which is not configured; add it to `pools`, or correct its label ropeway.dev/pool (default, yarn-4)',
    ]);
  });

  it('declares each address once whatever is found, in any order', () => {
    const aPod = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      uid: fc.constantFrom('1', '2', '3', '4', '5'),
      origins: fc.uniqueArray(fc.constantFrom('http://10.0.0.1:8000', 'http://10.0.0.2:8000'), {
        maxLength: 2,
      }),
      pool: fc.constantFrom('default', 'yarn-4', 'nobody', null),
      isReady: fc.boolean(),
      isTerminating: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(aPod, { selector: ({ uid }) => uid }), (pods) => {
        const found = pods.map((pod) =>
          aFound(pod.name, { ...pod, isReady: pod.isReady && !pod.isTerminating }),
        );
        const urls = workersIn(found).map(({ url }) => url);
        expect(new Set(urls).size).toBe(urls.length);
        expect(plan(found.toReversed())).toEqual(plan(found));
      }),
    );
  });
});
