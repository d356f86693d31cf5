import { expect, it } from '@jest/globals';
import { FAULTS, Fault } from './fault.ts';

it('answers in the shape of OpenAI, with a code that is a string', () => {
  expect(new Fault('context_length_exceeded', { message: 'm', param: 'messages' }).toBody()).toEqual({
    error: {
      message: 'm',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  });
});

it('repeats no megabyte of a request', () => {
  const name = 'x'.repeat(1_048_576);
  const body = new Fault('invalid_request', { message: `'${name}' is wrong.`, param: name }).toBody();
  expect(JSON.stringify(body).length).toBeLessThan(10_000);
});

it('keeps its cause out of the body', () => {
  const fault = new Fault('internal_error', { cause: new Error('secret') });
  expect(JSON.stringify(fault.toBody())).not.toContain('secret');
});

it('gives every code a status of the class its owner deserves', () => {
  for (const [code, { status, owner }] of Object.entries(FAULTS)) {
    expect([code, owner === 'client' ? status < 500 : status >= 500]).toEqual([code, true]);
  }
});
