// ConfigProblem.wrong and .fix are printed by the boot, the command line and the log of a reload.
import { describe, expect, it } from '@jest/globals';
import { KEY, loadTree, MODEL, POOL, problemsOf, treeProblems } from '../test/loading.ts';

const SECRET = 'hunter2Correct';
const URL_TEXT = `redis://:${SECRET}@redis:6379`;

const misplaced: readonly (readonly [place: string, changes: object])[] = [
  ['a list that is text', { redis: { urls: URL_TEXT } }],
  ['a list of origins that is text', { control: { gateways: `http://u:${SECRET}@h` } }],
  ['a map that is text', { tracing: { headers: `authorization: Bearer ${SECRET}` } }],
  ['a section that is text', { database: SECRET }],
  ['a list element that is text', { peppers: [SECRET] }],
  ['the file of the database', { database: { urlFile: `postgres://u:${SECRET}@h/db` } }],
  ['a URL for a file', { redis: { urls: ['redis://r'], passwordFile: URL_TEXT } }],
  ['a password for a file', { redis: { urls: ['redis://r'], passwordFile: SECRET } }],
  ['a password in base64 for a file', { redis: { urls: ['redis://r'], passwordFile: `${SECRET}/x+9/A==` } }],
  ['the same, with a slash first', { redis: { urls: ['redis://r'], passwordFile: `/${SECRET}+9/A==` } }],
  ['a password with a slash for a file', { redis: { urls: ['redis://r'], passwordFile: `a/${SECRET}` } }],
  ['a worker key for a file', { pools: [{ ...POOL, apiKeyFile: SECRET }] }],
  ['a pepper for a file', { peppers: [{ version: 1, file: SECRET }] }],
  ['a header for a file', { tracing: { url: 'http://t', headersFile: `authorization: ${SECRET}` } }],
  ['a URL for a number', { redis: { commandTimeoutMs: URL_TEXT } }],
  ['a URL for a choice', { log: { level: URL_TEXT } }],
  ['a URL for a model', { prices: [{ model: URL_TEXT, input: 1, output: 1 }] }],
  ['a URL for a pool', { prices: [{ model: MODEL.id, pool: URL_TEXT, input: 1, output: 1 }] }],
  ['a password for a variable', { redis: { urls: ['redis://r'], passwordEnv: SECRET } }],
  ['a password with signs for a variable', { redis: { urls: ['redis://r'], passwordEnv: `${SECRET}+/=` } }],
  ['a worker key for a variable', { pools: [{ ...POOL, apiKeyEnv: SECRET }] }],
  ['a pepper for a variable', { peppers: [{ version: 1, env: SECRET }] }],
  ['a URL for the name of a setting', { redis: { [URL_TEXT]: null } }],
  ['a whole line for the name of a header', { tracing: { headers: { [`authorization: ${SECRET}`]: '' } } }],
  ['a pepper for its version', { keys: [{ ...KEY, pepperVersion: SECRET }] }],
];

describe('what may be a secret is never shown', () => {
  it.each(misplaced)('%s', (_place, changes) => {
    const problems = treeProblems(changes);
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).not.toContain(SECRET);
  });

  it.each([
    ['a header', { tracing: { headers: { 'x-key': 86753099 } } }],
    ['a worker key', { pools: [{ ...POOL, apiKey: 86753099 }] }],
    ['a list', { redis: { urls: 86753099 } }],
    ['a list in quotes', { redis: { urls: '86753099' } }],
  ])('nor where it is all digits: %s', (_place, changes) => {
    const problems = treeProblems(changes);
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).not.toContain('86753099');
  });
});

it('the kind of what was written is said', () => {
  expect(treeProblems({ tracing: { headers: SECRET } })).toEqual([
    expect.stringMatching(/^tracing\.headers: must be a map, not text;/),
  ]);
});

it('a number or a choice that is wrong is shown, so that it can be found', () => {
  expect(treeProblems({ server: { port: 'http' }, log: { level: 'loud' } })).toEqual([
    expect.stringContaining('server.port: must be a number, not "http"'),
    expect.stringContaining('log.level: is "loud", must be one of'),
  ]);
});

describe('where the name of a variable belongs', () => {
  it.each(['my-variable', '1ST', 'A B', ''])('%j is refused', (name) => {
    const changes = { redis: { urls: ['redis://r'], passwordEnv: name } };
    expect(treeProblems(changes)).toEqual([
      expect.stringMatching(/^redis\.passwordEnv: must be the name of an environment variable/),
    ]);
  });

  it('one that is not set is told by its place', () => {
    expect(treeProblems({ redis: { urls: ['redis://r'], passwordEnv: 'NIX' } })).toEqual([
      expect.stringMatching(/^redis\.passwordEnv: the environment variable named here is not set/),
    ]);
  });
});

describe('where the path of a file belongs', () => {
  const problems = (passwordFile: string) => treeProblems({ redis: { urls: ['redis://r'], passwordFile } });

  it('what looks like none is told by its place', () => {
    expect(problems(SECRET)).toEqual([
      expect.stringMatching(/^redis\.passwordFile: the value is not a path of a file; /),
    ]);
  });

  it.each([
    ['/run/secrets/redis', '/run/secrets/redis'],
    ['/run/secrets/..data/Redis_Password', '/run/secrets/..data/Redis_Password'],
    ['./redis', '/etc/ropeway/redis'],
    ['../secrets/redis', '/etc/secrets/redis'],
    ['secrets/redis-password', '/etc/ropeway/secrets/redis-password'],
    ['redis.txt', '/etc/ropeway/redis.txt'],
  ])('what looks like one is shown, so that it can be found: %s', (written, shown) => {
    expect(problems(written)).toEqual([
      expect.stringContaining(`redis.passwordFile: cannot read ${shown} (ENOENT)`),
    ]);
  });

  it('a name that looks like no path is not shown where it is one', () => {
    const redis = { urls: ['redis://r'], passwordFile: SECRET };
    const attempt = () => loadTree({ redis }, {}, { [`/etc/ropeway/${SECRET}`]: '\n' });
    expect(problemsOf(attempt)).toEqual([
      expect.stringMatching(/^redis\.passwordFile: the file named here is empty/),
    ]);
  });

  it('nor is one in a variable', () => {
    expect(treeProblems({}, { ROPEWAY_PEPPER_FILE: SECRET })).toEqual([
      expect.stringMatching(/^ROPEWAY_PEPPER_FILE: the value is not a path of a file; /),
    ]);
  });
});
