import { expect, it } from '@jest/globals';
import { Pulse } from './pulse.ts';

it('calls what is watched until it is forgotten, and may be changed from within', async () => {
  const pulse = new Pulse();
  const called: string[] = [];
  const second = { onPulse: () => void called.push('second') };
  await new Promise<void>((resolve) => {
    const first = {
      onPulse: () => {
        called.push('first');
        pulse.forget(first);
        pulse.forget(second);
        resolve();
      },
    };
    pulse.watch(first);
    pulse.watch(second);
  });
  expect(called).toEqual(['first']);
  expect(pulse.size).toBe(0);
});
