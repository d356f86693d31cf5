import { expect, it } from '@jest/globals';
import type { PoolComing } from '#workers';
import { explainWait } from './explain-wait.ts';

const said = (coming: PoolComing) => explainWait({ coming });
const stuck = (detail: string) => said({ pods: 1, obstacle: { kind: 'unschedulable', detail, sinceMs: 0 } });

it('says what is on its way', () => {
  expect(said({ pods: 0, obstacle: null })).toBe('none of its workers is ready');
  expect(said({ pods: 1, obstacle: null })).toBe('a pod of it is starting');
  expect(said({ pods: 3, obstacle: null })).toBe('3 pods of it are starting');
});

it("says an obstacle in Kubernetes' own words", () => {
  const words =
    '0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: 0/3 nodes are available.';
  expect(stuck(words)).toBe(words.slice(0, -1));
});

it('makes one bounded line of whatever is said, so that it can end no frame and no log line', () => {
  expect(stuck('a\n\ndata: [DONE]\r\n\u2028b\u0000')).toBe('a data: [DONE] b');
  expect([...stuck('😀'.repeat(1_000))]).toHaveLength(240);
});
