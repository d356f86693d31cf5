import { expect, it } from '@jest/globals';
import { DebugLog } from './debug-log.ts';
import { newRequestRecord, type RequestRecord } from './request-record.ts';

function requestOf(tenant: string, keyId: string): RequestRecord {
  const record = newRequestRecord('r-1', 'chat', 100);
  record.steps.enter('route', 101);
  record.steps.enter('attempt', 103);
  record.steps.enter('attempt', 110);
  return Object.assign(record, {
    tenant,
    keyId,
    pool: 'default',
    reason: 'smallest-rope',
    tried: [
      { worker: 'http://a:1', pool: 'default', started_ms: 3, ended_ms: 10, outcome: 'retry' },
      { worker: 'http://b:1', pool: 'default', started_ms: 10, ended_ms: 50, outcome: 'finished' },
    ],
    gaveUp: ['worker_failed'],
  });
}

function linesOf(followed: { tenants?: readonly string[]; keys?: readonly string[] }): readonly object[] {
  const lines: string[] = [];
  const debug = new DebugLog({ writeLine: (line) => void lines.push(line) });
  debug.follow({ tenants: followed.tenants ?? [], keys: followed.keys ?? [] });
  debug.record(requestOf('acme', 'key-1'), 150);
  return lines.map((line) => JSON.parse(line));
}

it('tells each step of those who are followed: when, how long, and what it found', () => {
  const lines = linesOf({ tenants: ['acme'] });
  expect(lines).toMatchObject([
    { step: 'identify', tenant: 'acme', at_ms: 0, took_ms: 1 },
    { step: 'route', pool: 'default', reason: 'smallest-rope', at_ms: 1, took_ms: 2 },
    { step: 'attempt', worker: 'http://a:1', outcome: 'retry', given_up_for: 'worker_failed', took_ms: 7 },
    { step: 'attempt', worker: 'http://b:1', outcome: 'finished', given_up_for: null, took_ms: 40 },
  ]);
  expect(lines.every((line) => 'request_id' in line)).toBe(true);
  expect(linesOf({ keys: ['key-1'] })).toHaveLength(4);
});

it('tells nothing of the others', () => {
  expect(linesOf({ tenants: ['other'], keys: ['key-2'] })).toEqual([]);
  expect(linesOf({})).toEqual([]);
});
