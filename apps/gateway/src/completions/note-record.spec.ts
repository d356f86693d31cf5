import { expect, it } from '@jest/globals';
import { Fault, type FaultCode } from '#protocol';
import { newRequestRecord } from '#telemetry';
import type { Measured } from './measure.ts';
import { noteFault, noteOutcome, noteUsage } from './note-record.ts';

const aRecord = () => newRequestRecord('r', 'chat', 0);
const usage = { promptTokens: 11, completionTokens: 7, cachedTokens: 3, reasoningTokens: 5 };
const measured: Measured = { promptTokens: 11, chargedTokens: 11, answers: 1, isWhole: true, chain: null };

it.each<[FaultCode, string]>([
  ['invalid_request', 'refused'],
  ['rate_limit_exceeded', 'refused'],
  ['no_capacity', 'refused'],
  ['client_closed', 'client_closed'],
  ['worker_failed', 'failed'],
  ['internal_error', 'failed'],
])('records %s as %s', (code, outcome) => {
  const record = aRecord();
  noteFault(record, new Fault(code));
  expect(record).toMatchObject({ faultCode: code, outcome, cause: null });
});

it('keeps the cause for the log: the stack of an error, the text of anything else', () => {
  const record = aRecord();
  noteFault(record, new Fault('internal_error', { cause: new Error('boom') }));
  expect(record.cause).toMatch(/^Error: boom\n +at /);
  noteFault(record, new Fault('worker_failed', { cause: 'silent for 60000 ms' }));
  expect(record.cause).toBe('silent for 60000 ms');
});

it('records which limit refused, and when the caller may come back', () => {
  const record = aRecord();
  const limit = { kind: 'requests', scope: 'tenant', unit: null };
  noteFault(record, new Fault('rate_limit_exceeded', { limit, retryAfterMs: 2_000 }));
  expect(record).toMatchObject({ limit, retryAfterMs: 2_000 });
});

it('records an answer that finished as completed, with why it ended', () => {
  const record = aRecord();
  noteOutcome(record, { kind: 'finished', usage, finishReason: 'stop' });
  expect(record).toMatchObject({ outcome: 'completed', finishReason: 'stop', faultCode: null });
});

it('records a caller that left as no failure', () => {
  const record = aRecord();
  noteOutcome(record, { kind: 'client-closed', usage: null });
  expect(record).toMatchObject({ outcome: 'client_closed', faultCode: 'client_closed' });
});

it('records the fault of an answer that broke', () => {
  const record = aRecord();
  const fault = new Fault('worker_timeout');
  noteOutcome(record, { kind: 'broken', lease: 'timed-out', why: 'silent', fault, usage: null });
  expect(record).toMatchObject({ outcome: 'failed', faultCode: 'worker_timeout' });
});

it('holds the count of the worker against ours only where both count the same text', () => {
  const [whole, cut] = [aRecord(), aRecord()];
  noteUsage(whole, usage, measured);
  noteUsage(cut, usage, { ...measured, isWhole: false });
  expect(whole).toMatchObject({
    workerPromptTokens: 11,
    completionTokens: 7,
    cachedTokens: 3,
    reasoningTokens: 5,
  });
  expect(cut).toMatchObject({ workerPromptTokens: null, completionTokens: 7 });
});

it('leaves a record without usage as it was', () => {
  const record = aRecord();
  noteUsage(record, null, measured);
  expect(record).toEqual(aRecord());
});
