import { describe, expect, it } from '@jest/globals';
import { loadTree, MODEL, POOL, problemsOf, treeProblems } from '../test/loading.ts';

const URL_TEXT = 'postgres://ropeway:hunter2@db:5432/ropeway';

describe('the database', () => {
  it('is none by default, and keys then come from this file', () => {
    expect(loadTree()).toMatchObject({ database: null, redis: null, prices: [] });
  });

  it('comes from the variable, the file or the embedded folder', () => {
    const byVariable = loadTree({}, { ROPEWAY_DATABASE_URL: URL_TEXT });
    expect(byVariable.database).toMatchObject({ kind: 'postgres', url: URL_TEXT, maxConnections: 6 });
    const byFile = loadTree(
      { database: { urlFile: 'db-url' } },
      {},
      { '/etc/ropeway/db-url': `${URL_TEXT}\n` },
    );
    expect(byFile.database).toMatchObject({ kind: 'postgres', url: URL_TEXT });
    const embedded = loadTree({ database: { embedded: 'db' } });
    expect(embedded.database).toEqual({ kind: 'embedded', folder: '/etc/ropeway/db' });
  });

  it.each([
    'postgres:///ropeway?host=/run/postgresql',
    'postgres://me@/ropeway?host=/run',
    'postgres://me:50%@db/r',
  ])('takes every URL the driver takes: %s', (url) => {
    expect(loadTree({ database: { url } }).database).toMatchObject({ url });
  });

  it.each(['postgres://u:hunter2@db:port/r', 'postgres://u:hunter2#@db/r', 'postgres://u:hunter2%E0@db/r'])(
    'has a URL that can be read, whether here or in its file: %s',
    (url) => {
      const byFile = problemsOf(() =>
        loadTree({ database: { urlFile: 'u' } }, {}, { '/etc/ropeway/u': url }),
      );
      for (const [path, problems] of [
        ['database.url', treeProblems({ database: { url } })],
        ['database.urlFile', byFile],
      ] as const) {
        expect(problems).toEqual([expect.stringMatching(`^${path}: .*is no URL that can be read`)]);
        expect(problems.join()).not.toContain('hunter2');
      }
    },
  );

  it('has a URL of PostgreSQL, in its file as well', () => {
    const byFile = () =>
      loadTree({ database: { urlFile: 'u' } }, {}, { '/etc/ropeway/u': 'mysql://u:hunter2@h' });
    expect(problemsOf(byFile)).toEqual([
      expect.stringMatching(/^database\.urlFile: .* must begin with postgres:/),
    ]);
  });

  it('given twice is refused', () => {
    expect(treeProblems({ database: { url: URL_TEXT, embedded: 'db' } })).toEqual([
      expect.stringContaining('database: is given in more than one way'),
    ]);
  });

  it('makes the list of keys optional, and the pepper needed', () => {
    expect(loadTree({ keys: undefined, database: { embedded: 'db' } }).keys).toEqual([]);
    const noPepper = () => loadTree({ keys: [], database: { embedded: 'db' } }, { ROPEWAY_PEPPER: '' });
    expect(problemsOf(noPepper)).toEqual([expect.stringContaining('the pepper is empty')]);
  });

  it('missing beside missing keys says how to make a key', () => {
    expect(treeProblems({ keys: undefined })).toEqual([
      expect.stringMatching(/keys: is missing.*ropeway key new/),
    ]);
  });
});

describe('redis', () => {
  it('takes a password from beside the file', () => {
    const redis = { urls: ['redis://r:6379'], passwordFile: 'redis-password' };
    const config = loadTree({ redis }, {}, { '/etc/ropeway/redis-password': 'hush\n' });
    expect(config.redis).toMatchObject({ urls: ['redis://r:6379'], password: 'hush', keyPrefix: 'rw:' });
  });

  it.each([
    'redis://u:hunter2@r:port',
    'redis://u:hunter2@r:99999',
    'rediss://:hunter2%zz@r',
    'redis://:hunter2/@r',
  ])('has addresses that can be read: %s', (url) => {
    const problems = treeProblems({ redis: { urls: [url] } });
    expect(problems).toEqual([expect.stringMatching(/^redis\.urls\[0\]: is no URL that can be read/)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('is blamed once for another scheme', () => {
    expect(treeProblems({ redis: { urls: ['http//r'] } })).toEqual([
      expect.stringContaining('must begin with redis:// or rediss://'),
    ]);
  });

  it('is needed where a gateway leaves rows behind', () => {
    expect(treeProblems({ ledger: { handover: true } })).toEqual([
      expect.stringContaining('ledger.handover'),
    ]);
  });

  it('refuses several addresses that are no cluster', () => {
    expect(treeProblems({ redis: { urls: ['redis://a:1', 'redis://b:1'] } })).toEqual([
      expect.stringContaining('redis.isCluster'),
    ]);
  });
});

describe('trusted proxies', () => {
  it('are addresses and ranges', () => {
    const trustedProxies = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '2001:db8::7', '::ffff:192.0.2.7'];
    expect(loadTree({ auth: { trustedProxies } }).auth).toMatchObject({ trustedProxies });
  });

  it.each([
    ['10.0.0.0/33', /`10\.0\.0\.0\/33` has a prefix above 32/],
    ['10.0.0.0/8 ', /`10\.0\.0\.0\/8 ` must be a range such as 10\.0\.0\.0\/8 .* address/],
    ['010.0.0.0/8', /`010\.0\.0\.0\/8` has no valid address/],
    ['10.1.2.3/8', /either 10\.0\.0\.0\/8 or 10\.1\.2\.3\/32 is meant/],
    ['::ffff:10.0.0.0/104', /must be written as an IPv4 range/],
    ['010.0.0.1', /`010\.0\.0\.1` must be a range such as .*, or an address/],
    ['10.1', /or an address such as/],
    ['nonsense', /must be a range such as 10\.0\.0\.0\/8 .*, or an address/],
    ['', /must be a range/],
  ])('that name no address stop the boot, which says what to write: %j', (entry, line) => {
    const [problem, ...more] = treeProblems({ auth: { trustedProxies: ['10.0.0.0/8', entry] } });
    expect(problem).toMatch(/^auth\.trustedProxies\[1\]: /);
    expect(problem).toMatch(line);
    expect(problem).toContain('Addresses (`10.1.2.3`) or ranges (`10.0.0.0/8`)');
    expect(more).toEqual([]);
  });

  it('given as a URL are refused without its password', () => {
    const problems = treeProblems({ auth: { trustedProxies: ['http://u:hunter2@10.0.0.1'] } });
    expect(problems).toEqual([expect.stringContaining('auth.trustedProxies[0]: ')]);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('prices', () => {
  it('charge cached input as input unless told', () => {
    const { prices } = loadTree({ prices: [{ model: MODEL.id, input: 500, output: 2_000 }] });
    expect(prices).toEqual([{ model: 'qwq-32b', pool: null, input: 500, cached: 500, output: 2_000 }]);
  });

  it('of unknown models and pools, or given twice, are refused', () => {
    const price = { input: 1, output: 1 };
    const problems = treeProblems({
      prices: [
        { model: 'qwq', ...price },
        { model: MODEL.id, pool: 'yarn-9', ...price },
        { model: MODEL.id, ...price },
        { model: MODEL.id, ...price },
      ],
    });
    expect(problems.toSorted()).toEqual([
      expect.stringContaining('prices[0].model'),
      expect.stringContaining('prices[1].pool'),
      expect.stringContaining('prices[3]'),
    ]);
  });
});

it('a pool weighs one unless told', () => {
  const heavy = { ...POOL, name: 'yarn-4', workers: ['http://10.0.0.2:8000'], tokenWeight: 2.5 };
  expect([...loadTree({ pools: [POOL, heavy] }).tokenWeights]).toEqual([
    ['default', 1],
    ['yarn-4', 2.5],
  ]);
});
