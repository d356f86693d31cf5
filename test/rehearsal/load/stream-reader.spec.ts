import { expect, it } from '@jest/globals';
import { StreamReader } from './stream-reader.ts';

const frame = (delta: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;

it('tells the first token from heartbeats and from the head of the answer', () => {
  const reader = new StreamReader();
  expect(reader.take(': waiting for pool yarn-4\n\n')).toBe(false);
  expect(reader.take(frame({ role: 'assistant', content: '' }))).toBe(false);
  expect(reader.take(frame({ reasoning: 'Okay' }))).toBe(true);
  expect(reader.take(frame({ content: 'Call me' }))).toBe(false);
});

it('knows a whole answer from one that was cut, and from one that failed', () => {
  const whole = new StreamReader();
  whole.take(frame({ content: 'x' }));
  expect(whole.end).toBe('cut');
  whole.take('data: [DO');
  whole.take('NE]\n\n');
  expect(whole.end).toBeNull();
  const failed = new StreamReader();
  failed.take(
    `${frame({ content: 'x' })}data: {"error":{"message":"m","code":"worker_failed"}}\n\ndata: [DONE]\n\n`,
  );
  expect(failed.end).toBe('worker_failed');
});
