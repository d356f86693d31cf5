import { expect, it } from '@jest/globals';
import { Pulse } from './pulse.ts';

it('calls what is watched until it is forgotten, and may be changed from within', async () => {
  const pulse = new Pulse();
  const called: string[] = [];
  const second = { slot: -1, onPulse: () => void called.push('second') };
  await new Promise<void>((resolve) => {
    const first = {
      slot: -1,
      onPulse: () => {
        called.push('first');
        pulse.forget(first);
        pulse.forget(second);
        resolve();
      },
    };
    pulse.watch(second);
    pulse.watch(first);
  });
  expect(called).toEqual(['first']);
  expect(pulse.size).toBe(0);
});
