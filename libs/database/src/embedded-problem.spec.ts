import { expect, it } from '@jest/globals';
import { DatabaseProblem } from './database-problem.ts';
import { embeddedProblem } from './embedded-problem.ts';

it('makes of what PGlite throws on a full disk an error that names folder and reason', () => {
  const problem = embeddedProblem('/state/db', { name: 'ErrnoError', errno: 51 });
  expect(problem).toBeInstanceOf(DatabaseProblem);
  expect(problem).toMatchObject({
    code: 'unusable_folder',
    message: "the folder /state/db can't be used: no room left on its disk (ENOSPC)",
    cause: { code: 'ENOSPC', path: '/state/db' },
  });
});

it.each([{ name: 'ErrnoError', errno: 7 }, { name: 'ExitStatus', status: 1 }, {}, null, 'gone'])(
  'names the folder whatever was thrown: %j',
  (thrown) => {
    expect(embeddedProblem('/state/db', thrown)).toMatchObject({
      message: expect.stringContaining("/state/db can't be used: "),
    });
  },
);

it('asks about disk and data where the database aborted, as it does when it recovers on a full disk', () => {
  const aborted = Object.assign(new Error('Aborted(). Build with -sASSERTIONS for more info.'), {
    name: 'RuntimeError',
  });
  expect(embeddedProblem('/state/db', aborted)).toMatchObject({
    code: 'unusable_folder',
    message: expect.stringMatching(
      /^the folder \/state\/db can't be used: .* is its disk full, or its data damaged\?$/,
    ),
  });
});

it('leaves an error as it is', () => {
  const error = new Error('boom');
  expect(embeddedProblem('/state/db', error)).toBe(error);
});
