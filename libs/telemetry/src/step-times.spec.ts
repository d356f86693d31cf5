import { describe, expect, it } from '@jest/globals';
import { StepTimes } from './step-times.ts';

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
});
