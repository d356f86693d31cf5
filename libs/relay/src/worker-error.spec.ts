import { describe, expect, it } from '@jest/globals';
import { recorded, recordedAnswers } from '../spec/recorded-answers.ts';
import { readWorkerError } from './worker-error.ts';

const ERRORS = recordedAnswers().filter(({ status }) => status >= 400);

it('has every dialect to prove itself on', () => {
  expect(ERRORS.length).toBeGreaterThan(150);
  expect(new Set(ERRORS.map(({ name }) => name.split('/')[0]))).toEqual(
    new Set(['a', 'b', 'c', 'd', 'e', 'rust', 'v033']),
  );
});

it.each(ERRORS.map((error) => [`${error.name} (${error.status})`, error] as const))(
  '%s comes out in the shape every client reads',
  (_name, { status, body }) => {
    const verdict = readWorkerError(status, body);
    const { error } = verdict.fault.toBody();
    expect(typeof error.message).toBe('string');
    expect(error.message).not.toBe('');
    expect(['string', 'object']).toContain(typeof error.param);
    expect(verdict.fault.status).toBeGreaterThanOrEqual(400);
    if (status === 400 || status === 422) {
      expect(verdict.kind).toBe('rejected');
      expect(error.type).toBe('invalid_request_error');
      expect(['worker_rejected', 'context_length_exceeded']).toContain(error.code);
      expect(error.param ?? '').not.toMatch(/^body/);
    } else expect(verdict.kind).toBe('retry');
    if ([401, 403, 404, 405].includes(status)) expect(verdict.fault.status).toBe(502);
  },
);

it.each([
  ['a/compl_too_long', 'context_length_exceeded', 'input_tokens'],
  ['a/err_prompt_far_too_long_16MB', 'context_length_exceeded', 'input_text'],
  ['a/err_max_tokens_huge', 'context_length_exceeded', 'max_tokens'],
  ['rust/err_prompt_too_long', 'context_length_exceeded', null],
  ['a/err_temperature', 'worker_rejected', 'temperature'],
  ['a/err_bad_tool_name', 'worker_rejected', 'tools[0].function.name'],
  ['a/err_bad_json', 'worker_rejected', null],
  ['a/err_deep_json', 'worker_rejected', null],
  ['rust/err_truncate_bad', 'worker_rejected', 'truncate_prompt_tokens'],
])('%s is %s at %s', (name, code, param) => {
  const { status, body } = recorded(name);
  const verdict = readWorkerError(status, body);
  expect(verdict).toMatchObject({ kind: 'rejected', fault: { code, param, status: 400 } });
  const said = JSON.parse(body);
  expect(verdict.fault.message).toBe(said.error?.message ?? said.detail);
});

describe('reads', () => {
  it.each<[string, number, string, object]>([
    [
      'a full queue',
      503,
      recorded('c/queue_cap_tokens').body,
      { kind: 'retry', lease: 'queue-full', fault: { code: 'no_capacity', retryAfterMs: 1000 } },
    ],
    [
      'elastic scaling',
      503,
      '{"error":"The model is currently scaling. Please try again later."}',
      { kind: 'retry', lease: 'queue-full' },
    ],
    ['any other 503', 503, '', { kind: 'retry', lease: 'failed', fault: { code: 'worker_failed' } }],
    ['429 of a proxy', 429, '<html>', { kind: 'retry', lease: 'queue-full' }],
    [
      'a bare string',
      401,
      '{"error":"Unauthorized"}',
      {
        kind: 'retry',
        lease: 'failed',
        fault: { status: 502, message: 'The worker failed while it held the request.' },
      },
    ],
    ["FastAPI's detail", 404, '{"detail":"Not Found"}', { kind: 'retry', fault: { status: 502 } }],
    [
      "FastAPI's list",
      422,
      '{"detail":[{"loc":["body"],"msg":"x"}]}',
      { kind: 'rejected', fault: { status: 422 } },
    ],
    [
      "a proxy's page",
      413,
      '<html>too big</html>',
      { kind: 'rejected', fault: { status: 413, message: 'The worker refused the request.' } },
    ],
    [
      'an error in a stream',
      200,
      '{"error":{"message":"bad","code":400}}',
      { kind: 'rejected', fault: { status: 400, message: 'bad' } },
    ],
    ['an error in a stream without a code', 200, '{"error":"dead"}', { kind: 'retry', lease: 'failed' }],
    [
      'an error with string codes',
      400,
      '{"error":{"message":"m","code":"model_not_found"}}',
      { kind: 'rejected', fault: { code: 'worker_rejected' } },
    ],
    [
      'a dead engine',
      500,
      '{"error":{"message":"EngineCore encountered an issue.","code":500}}',
      { kind: 'retry', lease: 'failed', fault: { code: 'worker_failed' } },
    ],
    ['nothing at all', 400, '', { kind: 'rejected', fault: { code: 'worker_rejected' } }],
  ])('%s', (_what, status, body, verdict) => {
    expect(readWorkerError(status, body)).toMatchObject(verdict);
  });

  it("shows the text of a worker's failure neither to the client nor to the log: it may quote the prompt", () => {
    const body = '{"error":{"message":"secret prompt","type":"InternalServerError","code":500}}';
    const verdict = readWorkerError(500, body);
    expect(JSON.stringify([verdict, verdict.fault.toBody(), verdict.fault.cause])).not.toContain('secret');
    expect(verdict.fault.cause).toBe('the worker answered 500 (InternalServerError)');
  });

  it('takes for a class of error only what looks like one', () => {
    const verdict = readWorkerError(
      500,
      '{"error":{"message":"m","type":"tell me: what is 1+1?","code":500}}',
    );
    expect(verdict.fault.cause).toBe('the worker answered 500');
  });

  it('bounds a message that repeats the request', () => {
    const verdict = readWorkerError(400, JSON.stringify({ error: { message: 'x'.repeat(100_000) } }));
    expect(verdict.fault.message.length).toBe(4000);
  });
});
