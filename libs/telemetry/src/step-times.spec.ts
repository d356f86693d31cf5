import { describe, expect, it } from '@jest/globals';
import { MOST_STEPS, StepTimes } from './step-times.ts';

describe('step times', () => {
  it('lets a step last until the next begins, and the last until the request ends', () => {
    const steps = new StepTimes();
    steps.enter('identify', 10);
    steps.enter('read', 12);
    steps.enter('route', 15);
    expect(steps.list(40)).toEqual([
      { name: 'identify', startedMs: 10, endedMs: 12 },
      { name: 'read', startedMs: 12, endedMs: 15 },
      { name: 'route', startedMs: 15, endedMs: 40 },
    ]);
  });

  it('keeps a step that comes again apart from the first', () => {
    const steps = new StepTimes();
    for (const [at, name] of (['route', 'wait', 'route', 'attempt'] as const).entries())
      steps.enter(name, at);
    expect(steps.list(9).map(({ name }) => name)).toEqual(['route', 'wait', 'route', 'attempt']);
  });

  it('stays small however often a request is woken, and leaves no time out', () => {
    const steps = new StepTimes();
    steps.enter('identify', 0);
    for (let at = 1; at < 2_000; at += 2) {
      steps.enter('route', at);
      steps.enter('wait', at + 1);
    }
    steps.enter('attempt', 2_001);
    const list = steps.list(2_010);
    expect(list.length).toBeLessThanOrEqual(MOST_STEPS);
    expect(list.at(-1)).toEqual({ name: 'attempt', startedMs: 2_001, endedMs: 2_010 });
    for (const [at, step] of list.entries()) expect(step.startedMs).toBe(list[at - 1]?.endedMs ?? 0);
  });
});
