import { expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Obstacles } from './obstacles.ts';
import type { ComingPod } from './plan-fleet.ts';

const image = (uid: string, detail = 'ErrImagePull'): ComingPod => ({
  uid,
  trouble: { kind: 'image', detail },
});
const noNode = (uid: string): ComingPod => ({ uid, trouble: { kind: 'unschedulable', detail: 'no GPU' } });
const fine = (uid: string): ComingPod => ({ uid, trouble: null });

function judging() {
  const clock = new ManualClock();
  const obstacles = new Obstacles(clock);
  const judge = (...pods: readonly ComingPod[]) => obstacles.judge(new Map([['yarn-4', pods]])).get('yarn-4');
  return { clock, judge };
}

it('sees no obstacle while another pod may still come, nor where none comes', () => {
  const { judge } = judging();
  expect(judge(image('a'), fine('b'))).toEqual({ pods: 2, obstacle: null });
  expect(judge()).toEqual({ pods: 0, obstacle: null });
});

it('counts from when a pod got stuck, however the words change', () => {
  const { clock, judge } = judging();
  const sinceMs = clock.nowMs();
  judge(image('a'));
  clock.advance(5_000);
  expect(judge(image('a', 'ImagePullBackOff'))).toEqual({
    pods: 1,
    obstacle: { kind: 'image', detail: 'ImagePullBackOff', sinceMs },
  });
});

it('counts anew when a pod came free, is stuck on something else, or is another pod', () => {
  const { clock, judge } = judging();
  judge(image('a'));
  clock.advance(5_000);
  judge(fine('a'));
  expect(judge(image('a'))?.obstacle?.sinceMs).toBe(clock.nowMs());
  clock.advance(5_000);
  expect(judge(noNode('a'))?.obstacle?.sinceMs).toBe(clock.nowMs());
  clock.advance(5_000);
  expect(judge(noNode('b'))?.obstacle?.sinceMs).toBe(clock.nowMs());
});

it('tells what may be overcome longest: a node may be added, and the last pod was stuck last', () => {
  const { clock, judge } = judging();
  judge(noNode('a'));
  clock.advance(5_000);
  const sinceMs = clock.nowMs();
  judge(noNode('a'), noNode('b'));
  clock.advance(5_000);
  expect(judge(noNode('a'), noNode('b'), image('c'))?.obstacle).toEqual({
    kind: 'unschedulable',
    detail: 'no GPU',
    sinceMs,
  });
});
