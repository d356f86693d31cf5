import { expect, it } from '@jest/globals';
import { loggedRequest, parkedReport } from './parked-report.ts';

it('reads the line of a request, and no other', () => {
  expect(loggedRequest({ msg: 'request', pool: 'yarn-4', queue_ms: 12.5 })).toEqual({
    pool: 'yarn-4',
    queueMs: 12.5,
  });
  expect(loggedRequest({ msg: 'listening', pool: 'yarn-4', queue_ms: 1 })).toBeNull();
  expect(loggedRequest({ msg: 'request', queue_ms: 1 })).toBeNull();
});

it('counts those that waited, by pool', () => {
  const requests = [0, 100, 300, 200].map((queueMs) => ({ pool: 'default', queueMs }));
  expect(parkedReport([...requests, { pool: 'yarn-4', queueMs: 5_000 }])).toEqual({
    default: { requests: 3, p50Ms: 200, p95Ms: 300, longestMs: 300 },
    'yarn-4': { requests: 1, p50Ms: 5_000, p95Ms: 5_000, longestMs: 5_000 },
  });
});
