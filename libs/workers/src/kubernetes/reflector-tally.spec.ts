import { expect, it } from '@jest/globals';
import { ReflectorTally } from './reflector-tally.ts';

it('counts each cause by resource, and has all of them at 0 before the first event', () => {
  const resource = 'pods';
  const tally = new ReflectorTally([resource]);
  expect(new Set([...tally.lists, ...tally.failures].map(({ count }) => count))).toEqual(new Set([0]));
  tally.note({ resource, kind: 'listed', cause: 'start', objects: 2, tookMs: 1 });
  tally.note({ resource, kind: 'failed', cause: 'unreachable', detail: 'no', failures: 1, pauseMs: 1 });
  tally.note({ resource, kind: 'failed', cause: 'unreachable', detail: 'no', failures: 2, pauseMs: 1 });
  expect(tally.lists).toEqual([
    { resource, cause: 'start', count: 1 },
    { resource, cause: 'expired', count: 0 },
    { resource, cause: 'silent', count: 0 },
    { resource, cause: 'failed', count: 0 },
  ]);
  const failures = tally.failures.map(({ cause, count }) => [cause, count]);
  expect(failures).toContainEqual(['unreachable', 2]);
  expect(failures).toContainEqual(['forbidden', 0]);
  expect(failures.length).toBe(8);
});
