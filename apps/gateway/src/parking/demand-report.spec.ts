import { expect, it } from '@jest/globals';
import { demandReport } from './demand-report.ts';
import { aParkingLot, aPool, aWorker } from './parking-lot-under-test.ts';

const worker = (id: string, state: 'ready' | 'draining', scrapedKvUsage: number | null) => {
  const { load, ...rest } = aWorker('default');
  return { ...rest, id, state, load: { ...load, scrapedKvUsage } };
};

it('says what is parked, running and coming, and the KV use of ready workers that say it', () => {
  const { parking, come, set } = aParkingLot();
  const need = set(
    aPool('default', {
      workers: [
        worker('http://a', 'ready', 0.41),
        worker('http://b', 'ready', null),
        worker('http://c', 'draining', 1),
      ],
    }),
  );
  set(aPool('yarn-4', { coming: { pods: 2, obstacle: null } }));
  parking.send(need, 700, null);
  come('yarn-4', 4_000);
  expect(demandReport('gateway-0/1', parking)).toEqual({
    version: 1,
    gateway: 'gateway-0/1',
    pools: {
      default: {
        parked: 0,
        parked_tokens: 0,
        prefill_tokens: 700,
        running: 1,
        activation: false,
        ready: 2,
        coming: 0,
        kv_usage: { 'http://a': 0.41 },
      },
      'yarn-4': {
        parked: 1,
        parked_tokens: 4_000,
        prefill_tokens: 0,
        running: 0,
        activation: true,
        ready: 0,
        coming: 2,
        kv_usage: {},
      },
    },
  });
});
