// A report of a rehearsal that went well, for specs to change.
import type { Report } from './report.ts';

export const A_REPORT: Report = {
  minutes: 3,
  requests: {
    sent: 1_000,
    answered: 996,
    cutByKilledGateway: 4,
    failed: {},
    sentAgain: { 'connection refused': 12, 'gateway draining': 3 },
    byPool: { default: 990, 'yarn-2': 2, 'yarn-4': 4 },
    misrouted: 0,
    firstToken: {
      warm: { requests: 990, p50Ms: 212, p95Ms: 1_834 },
      cold: { requests: 6, p50Ms: 12_345, p95Ms: 21_456 },
    },
  },
  parked: { default: { requests: 120, p50Ms: 312, p95Ms: 2_900, longestMs: 12_345 } },
  pools: [
    { pool: 'default', gpuHours: { used: 61.2, fixed: 96 }, mostWorkers: 4, workersMade: 12 },
    { pool: 'yarn-4', gpuHours: { used: 12.4, fixed: 72 }, mostWorkers: 3, workersMade: 5 },
  ],
  wakeUps: [
    {
      pool: 'yarn-4',
      atMs: 1_000,
      scaledAfterMs: 612,
      readyAfterMs: 5_123,
      firstTokenAfterMs: 10_234,
      mostWorkers: 3,
      awakeMs: 32_100,
    },
  ],
  replaced: { workers: 4, gateways: 2, killed: 1 },
  scaler: { asked: 1_234, unanswered: 12 },
  boards: { asked: 20, unanswered: [] },
  promises: [{ promise: 'a', isKept: true }],
};
