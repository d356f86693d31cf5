import { expect, it } from '@jest/globals';
import type { KnownGateway } from './gateway-list.ts';
import { type GatewayPod, PodGateways } from './pod-gateways.ts';

const reading = { isSynced: true, watches: [], lists: [], failures: [], ignored: [], trouble: null };

async function gatewaysOf(pods: readonly GatewayPod[]): Promise<readonly KnownGateway[]> {
  let told: readonly KnownGateway[] = [];
  const list = new PodGateways((changed) => {
    changed(pods);
    return { close: () => {}, reading };
  }, 9090);
  await list.start((gateways) => {
    told = gateways;
  });
  return told;
}

it('asks every pod that has an address, and waits for the Ready ones', async () => {
  const pods = [
    { uid: 'a', ip: '10.0.0.7', isReady: true },
    { uid: 'b', ip: 'fd00::7', isReady: false },
    { uid: 'c', ip: null, isReady: false },
  ];
  expect(await gatewaysOf(pods)).toEqual([
    { id: 'a', url: 'http://10.0.0.7:9090', isReady: true },
    { id: 'b', url: 'http://[fd00::7]:9090', isReady: false },
  ]);
});

it('ends its watch, also when it was never started', async () => {
  let closed = 0;
  const list = new PodGateways(() => ({ close: () => void closed++, reading }), 9090);
  await list.close();
  expect(closed).toBe(0);
  await list.start(() => {});
  await list.close();
  expect(closed).toBe(1);
});
