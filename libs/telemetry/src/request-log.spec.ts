import { describe, expect, it } from '@jest/globals';
import { createLogger, type LogLevel } from './create-logger.ts';
import { logRequest } from './request-log.ts';
import { newRequestRecord, type RequestRecord } from './request-record.ts';

function linesOf(record: RequestRecord, level: LogLevel = 'info'): Record<string, unknown>[] {
  const lines: string[] = [];
  logRequest(createLogger({ level, destination: { write: (line) => lines.push(line) } }), record, 1000);
  return lines.map((line) => JSON.parse(line));
}

function recordOf(changes: Partial<RequestRecord>): RequestRecord {
  return Object.assign(newRequestRecord('req_1', 'chat', 10_000), changes);
}

const KEY = 'rw_live_k7v9q2m4_Zm9vYmFyYmF6cXV4_1a2b3c';

describe('the level', () => {
  it.each([
    ['completed', 'info'],
    ['refused', 'info'],
    ['failed', 'error'],
    ['client_closed', 'debug'],
  ] as const)('of a %s request is %s', (outcome, level) => {
    expect(linesOf(recordOf({ outcome }), 'debug')).toMatchObject([{ level, outcome, msg: 'request' }]);
  });

  it('of a caller that leaves is below the usual one', () => {
    expect(linesOf(recordOf({ outcome: 'client_closed' }), 'info')).toEqual([]);
  });
});

describe('a line', () => {
  it('has what is known, flat, and leaves out what is not', () => {
    const [line] = linesOf(
      recordOf({ outcome: 'completed', status: 200, pool: 'yarn-4', promptTokens: 90_000, queueMs: 1.23456 }),
    );
    expect(line).toMatchObject({
      request_id: 'req_1',
      pool: 'yarn-4',
      prompt_tokens: 90_000,
      queue_ms: 1.235,
    });
    expect(line).not.toHaveProperty('worker');
    expect(Object.values(line ?? {}).filter((value) => typeof value === 'object')).toEqual([]);
  });

  it.each(['"', '\\', '\n', '\u0000', '\u2028', '😀', '\ud800', '","level":"fatal'])(
    'stays one valid line with %j in a text of the caller',
    (text) => {
      const [line, ...rest] = linesOf(recordOf({ outcome: 'refused', correlationId: `a${text}b` }));
      expect(rest).toEqual([]);
      expect(line).toMatchObject({ level: 'info', correlation_id: `a${text}b` });
    },
  );

  it('leaves out numbers JSON has no spelling for', () => {
    const [line] = linesOf(recordOf({ outcome: 'completed', headroom: Number.NaN, workerMs: Infinity }));
    expect(line).not.toHaveProperty('headroom_tokens');
    expect(line).not.toHaveProperty('worker_ms');
  });

  it('is bounded whatever the caller sends', () => {
    const long = 'x'.repeat(1_000_000);
    const [line] = linesOf(recordOf({ outcome: 'failed', correlationId: long, model: long, cause: long }));
    expect(JSON.stringify(line).length).toBeLessThan(5000);
  });
});

describe('no prompt and no key gets out', () => {
  it('has a fixed set of fields, whatever else a record carries', () => {
    const record = Object.assign(recordOf({ outcome: 'failed' }), {
      prompt: 'once upon a time',
      messages: ['once upon a time'],
      authorization: `Bearer ${KEY}`,
    });
    expect(JSON.stringify(linesOf(record))).not.toMatch(/once upon|rw_live/);
  });

  it.each(['correlationId', 'model', 'cause', 'finishReason'] as const)('masks a key in %s', (field) => {
    const text = JSON.stringify(linesOf(recordOf({ outcome: 'failed', [field]: `see ${KEY} there` })));
    expect(text).not.toContain('k7v9q2m4');
    expect(text).toContain('see rw_live_[redacted] there');
  });

  it('masks a key cut by the bound', () => {
    const text = JSON.stringify(linesOf(recordOf({ outcome: 'failed', cause: `${'x '.repeat(495)}${KEY}` })));
    expect(text).toContain('rw_live_[redacted]');
  });

  it('keeps the cause of a refusal, which may quote the caller, to itself', () => {
    const [line] = linesOf(recordOf({ outcome: 'refused', cause: 'Unexpected token in once upon a time' }));
    expect(line).not.toHaveProperty('cause');
  });

  it('cuts long quotations out of a cause and leaves short names', () => {
    const cause =
      'SyntaxError: Unexpected token, "once upon a time there was a king" is not valid JSON; reading \'x\'';
    const [line] = linesOf(recordOf({ outcome: 'failed', cause }));
    expect(line?.cause).toBe('SyntaxError: Unexpected token, "…" is not valid JSON; reading \'x\'');
  });
});
