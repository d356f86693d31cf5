import { expect, it } from '@jest/globals';
import { DatabaseProblem } from '#database';
import { Problem } from './problem.ts';
import { toProblem } from './to-problem.ts';

it('lets out no text of an error that is not ours', () => {
  const problem = toProblem(new Error('password=hunter2'));
  expect([problem.code, JSON.stringify(problem.toBody('/x'))]).toEqual([
    'internal_error',
    expect.not.stringContaining('hunter2'),
  ]);
});

it('says what mends a schema of another release, and of no other trouble with a database', () => {
  const [schema, folder] = [
    new DatabaseProblem('other_schema', 'run `ropeway migrate`'),
    new DatabaseProblem('in_use', '/var/lib/ropeway is in use'),
  ].map(toProblem);
  expect([schema?.code, schema?.message]).toEqual(['unavailable', 'run `ropeway migrate`']);
  expect([folder?.code, folder?.message]).toEqual(['internal_error', expect.not.stringContaining('/var')]);
});

it('keeps a problem as it is', () => {
  const problem = new Problem('conflict', 'There is one.');
  expect(toProblem(problem)).toBe(problem);
});

it.each([
  [{ code: 'ECONNREFUSED' }],
  [{ code: '57014' }],
  [{ code: '08006' }],
  [{ code: '53300' }],
  [new Error('Connection terminated unexpectedly')],
  [new Error('timeout exceeded when trying to connect')],
])('knows %j for a database that is away: come back', (error) => {
  const { code, headers } = toProblem(error);
  expect([code, headers['retry-after']]).toEqual(['unavailable', '1']);
});

it.each([[{ code: '23505' }], ['thrown text'], [undefined], [null]])(
  'knows %j for an error inside',
  (error) => {
    expect(toProblem(error).code).toBe('internal_error');
  },
);

it('says which fields are wrong, and nothing where none is named', () => {
  const errors = [{ path: 'limits.requestsPerMinute', message: 'is negative' }];
  expect(new Problem('invalid_fields', 'No.', { errors }).toBody('/admin/plans/a')).toEqual({
    type: 'urn:ropeway:problem:invalid_fields',
    title: 'Some fields are not valid',
    status: 400,
    detail: 'No.',
    instance: '/admin/plans/a',
    errors,
  });
  expect(new Problem('not_found', 'No.').toBody('/')).not.toHaveProperty('errors');
});
