import { describe, expect, it } from '@jest/globals';
import { findInSlices, parseEndpointSlice, sliceResource } from './endpoint-slice.ts';

interface EndpointFacts {
  readonly uid?: string;
  readonly address?: string;
  readonly conditions?: Readonly<Record<string, boolean>>;
}

function aSlice(service: string, endpoints: readonly EndpointFacts[], changed: object = {}) {
  return parseEndpointSlice({
    metadata: {
      uid: `${service}-${Math.random()}`,
      resourceVersion: '7',
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType: 'IPv4',
    ports: [
      { name: 'metrics', port: 9_000 },
      { name: 'http', port: 8_080 },
    ],
    endpoints: endpoints.map(({ uid = 'a', address = '10.0.0.1', conditions }) => ({
      addresses: [address],
      ...(conditions === undefined ? {} : { conditions }),
      targetRef: { kind: 'Pod', uid, name: `pod-${uid}` },
    })),
    ...changed,
  });
}

const find = (...slices: ReturnType<typeof aSlice>[]) =>
  findInSlices(slices, { scheme: 'http', port: 8_000, poolOf: new Map([['qwq', 'default']]) });

describe('findInSlices', () => {
  it('finds the pods behind the Service of a pool, at the port called http', () => {
    expect(find(aSlice('qwq', [{ conditions: { ready: true } }]))).toEqual([
      {
        uid: 'a',
        name: 'pod-a',
        origins: ['http://10.0.0.1:8080'],
        pool: 'default',
        claims: null,
        isReady: true,
        unreadyReason: '',
        isTerminating: false,
        trouble: null,
      },
    ]);
  });

  it.each([
    ['nothing', undefined, true, false],
    ['ready', { ready: true }, true, false],
    ['not ready', { ready: false }, false, false],
    ['serving and terminating', { ready: false, serving: true, terminating: true }, false, true],
    ['ready and terminating, which cannot be', { ready: true, terminating: true }, false, true],
  ])('takes conditions that say %s as they are meant', (_, conditions, isReady, isTerminating) => {
    const [pod] = find(aSlice('qwq', [conditions === undefined ? {} : { conditions }]));
    expect(pod).toMatchObject({ isReady, isTerminating });
  });

  it('counts a pod that stands in two slices once: going before ready before not ready', () => {
    const notReady = aSlice('qwq', [{ conditions: { ready: false } }]);
    const ready = aSlice('qwq', [{ conditions: { ready: true } }]);
    const going = aSlice('qwq', [{ conditions: { ready: false, terminating: true } }]);
    expect(find(notReady, ready)).toMatchObject([{ isReady: true }]);
    expect(find(going, ready, notReady)).toMatchObject([{ isReady: false, isTerminating: true }]);
  });

  it('takes the IPv4 address of a pod that has both, and brackets IPv6', () => {
    const six = aSlice('qwq', [{ address: 'fd00::7' }], { addressType: 'IPv6' });
    expect(find(six, aSlice('qwq', [{}]))[0]?.origins).toEqual(['http://10.0.0.1:8080']);
    expect(find(six)[0]?.origins).toEqual(['http://[fd00::7]:8080']);
    expect(find(aSlice('qwq', [{ address: 'worker.example' }], { addressType: 'FQDN' }))).toEqual([]);
  });

  it('takes the one port there is whatever its name, and the configured one where there is none', () => {
    expect(find(aSlice('qwq', [{}], { ports: [{ port: 9 }] }))[0]?.origins).toEqual(['http://10.0.0.1:9']);
    expect(find(aSlice('qwq', [{}], { ports: null }))[0]?.origins).toEqual(['http://10.0.0.1:8000']);
  });

  it('reads a slice without endpoints, as the API server writes it', () => {
    expect(find(aSlice('qwq', [], { endpoints: null }))).toEqual([]);
  });
});

it('asks for the slices of every Service at once', () => {
  expect(sliceResource('ropeway', ['yarn-4', 'default']).selector).toBe(
    'kubernetes.io/service-name in (default,yarn-4)',
  );
});
