import { expect, it } from '@jest/globals';
import type { Outcome } from '../load/outcome.ts';
import { requestsReport } from './requests-report.ts';

function anOutcome(terms: Partial<Outcome> = {}): Outcome {
  const pool = terms.need ?? 'default';
  return {
    need: pool,
    pool,
    sentMs: 0,
    endedMs: 1_000,
    firstTokenMs: 100,
    isCold: false,
    ending: { kind: 'answered' },
    sentAgain: [],
    ...terms,
  };
}

it('counts every request once: answered, cut by the kill, or failed for a cause', () => {
  const report = requestsReport([
    anOutcome(),
    anOutcome({ ending: { kind: 'cut-by-kill' } }),
    anOutcome({ ending: { kind: 'failed', cause: 'no_capacity' } }),
    anOutcome({ ending: { kind: 'failed', cause: 'no_capacity' } }),
    anOutcome({ ending: { kind: 'failed', cause: 'cut' } }),
  ]);
  expect(report).toMatchObject({
    sent: 5,
    answered: 1,
    cutByKilledGateway: 1,
    failed: { no_capacity: 2, cut: 1 },
    byPool: { default: 1 },
  });
});

it('counts each time a request was sent again', () => {
  const sentAgain = ['connection refused', 'connection refused', 'gateway draining'] as const;
  expect(requestsReport([anOutcome({ sentAgain })]).sentAgain).toEqual({
    'connection refused': 2,
    'gateway draining': 1,
  });
});

it('finds what was answered by another pool than the one it needs', () => {
  const report = requestsReport([anOutcome({ need: 'yarn-4' }), anOutcome({ pool: 'yarn-4' })]);
  expect([report.misrouted, report.byPool]).toEqual([1, { 'yarn-4': 2 }]);
});

it('keeps the first tokens of a waking pool apart', () => {
  const { firstToken } = requestsReport([
    anOutcome({ firstTokenMs: 100 }),
    anOutcome({ firstTokenMs: 300 }),
    anOutcome({ firstTokenMs: 9_000, isCold: true }),
  ]);
  expect(firstToken).toEqual({
    warm: { requests: 2, p50Ms: 100, p95Ms: 300 },
    cold: { requests: 1, p50Ms: 9_000, p95Ms: 9_000 },
  });
});
