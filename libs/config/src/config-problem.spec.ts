import { describe, expect, it } from '@jest/globals';
import { KEY, load, MODEL, POOL, problemsOf, treeProblems } from '../test/loading.ts';
import { loadConfig } from './load-config.ts';

describe('a bad configuration', () => {
  it('is reported whole: each problem on a line with its place', () => {
    const lines = treeProblems(
      {
        server: { prot: 80, port: 99_999, keepAliveMs: '75s' },
        relay: { reasoningNames: 'bth' },
        pools: [
          { ...POOL, name: 'empty', workers: [] },
          { ...POOL, model: 'qwq-32' },
          { ...POOL, name: 'spare' },
          5,
        ],
        keys: [{ ...KEY, models: ['nix'] }, KEY],
      },
      { ROPEWAY_PEPPER: 'short' },
    );
    const starts = [
      'server.port: is 99999, must be at most 65535',
      'server.keepAliveMs: must be a number, not "75s"; write 75000: keepAliveMs is in milliseconds',
      'server.prot: is not a setting; did you mean `port`?',
      'pools[3]: must be a map, not a number',
      'relay.reasoningNames: is "bth", must be one of both, reasoning, reasoning_content; did you mean `both`?',
      'pools[2].workers[0]: `http://10.0.0.1:8000` stands at pools[1].workers[0] already',
      'pools[1].model: `qwq-32` is no model; did you mean `qwq-32b`?',
      'pools[0].workers: names no worker',
      'keys[1].id: `Xq3LfT0bZ7Rw` stands at keys[0].id already',
      'keys[0].models[0]: `nix` is no model',
      'ROPEWAY_PEPPER: the pepper is shorter than 32 bytes',
    ];
    expect(lines).toEqual(starts.map((start) => expect.stringMatching(`^${escaped(start)}`)));
  });

  it.each([
    [
      'a second pool of the same name',
      { pools: [POOL, { ...POOL, workers: ['http://b'] }] },
      /^pools\[1\]\.name/,
    ],
    [
      'one worker named twice in a pool',
      { pools: [{ ...POOL, workers: ['http://a', 'http://a/'] }] },
      /workers\[1\]/,
    ],
    ['a worker with a path', { pools: [{ ...POOL, workers: ['http://a/v1'] }] }, /must be an origin/],
    ['a worker with credentials', { pools: [{ ...POOL, workers: ['http://me:it@a'] }] }, /must be an origin/],
    ['a worker of another scheme', { pools: [{ ...POOL, workers: ['ftp://a'] }] }, /must be an origin/],
    [
      'a model without a pool',
      { models: [MODEL, { id: 'b', profile: 'qwen3' }] },
      /^models\[1\]: no pool serves `b`/,
    ],
    ['a model without a profile', { models: [{ id: 'qwq-32b' }] }, /^models\[0\]\.profile: is missing/],
    [
      'an alias that is a model',
      { models: [{ ...MODEL, aliases: ['qwq-32b'] }] },
      /^models\[0\]\.aliases\[0\]/,
    ],
    [
      'a YaRN factor too small for the window',
      { pools: [{ ...POOL, rope: { type: 'yarn', factor: 2 }, windowTokens: 131_072 }] },
      /^pools\[0\]\.windowTokens: is 131072, but factor 2 times 32768 reaches 65536/,
    ],
    [
      'a stated original position too small for the window',
      {
        pools: [
          { ...POOL, rope: { type: 'yarn', factor: 4, originalMaxPosition: 8_192 }, windowTokens: 40_960 },
        ],
      },
      /factor 4 times 8192 reaches 32768/,
    ],
    ['a window no plain rope has', { pools: [{ ...POOL, windowTokens: 40_961 }] }, /allowNativeWindow: true/],
    [
      'a factor without YaRN',
      { pools: [{ ...POOL, rope: { type: 'default', factor: 2 } }] },
      /does not go with/,
    ],
    ['an unknown rope', { pools: [{ ...POOL, rope: { type: 'ntk' } }] }, /^pools\[0\]\.rope\.type: must be/],
    [
      'two ways to give a worker key',
      { pools: [{ ...POOL, apiKey: 'a', apiKeyEnv: 'B' }] },
      /more than one way/,
    ],
    [
      'a worker key that is not there',
      { pools: [{ ...POOL, apiKeyEnv: 'NIX' }] },
      /apiKeyEnv: the environment variable named here is not set/,
    ],
    [
      'a file that is not there',
      { pools: [{ ...POOL, caFile: 'ca.pem' }] },
      /cannot read \/etc\/ropeway\/ca\.pem/,
    ],
    [
      'a key with an unknown pepper',
      { keys: [{ ...KEY, pepperVersion: 2 }] },
      /^keys\[0\]\.pepperVersion: is 2/,
    ],
    ['a date without a time', { keys: [{ ...KEY, expiresAt: '2027-01-31' }] }, /2027-01-31T00:00:00Z/],
    [
      'a field that steers nothing',
      { keys: [{ ...KEY, allowedFields: ['prioriti'] }] },
      /did you mean `priority`/,
    ],
    ['a pepper from nowhere', { peppers: [{ version: 1 }] }, /^peppers\[0\]: must have either/],
    ['text for a number', { relay: { totalTimeoutMs: '2h' } }, /write 7200000/],
    ['text for bytes', { bodies: { maxBytes: '64MiB' } }, /write 67108864/],
  ])('stops the boot: %s', (_what, changes, line) => {
    expect(treeProblems(changes)).toContainEqual(expect.stringMatching(line));
  });

  it('blames one mistake once', () => {
    const models = [{ ...MODEL, profile: 'qwqq' }];
    expect(treeProblems({ models })).toEqual([
      expect.stringMatching(/^models\[0\]\.profile.*did you mean `qwq`/),
    ]);
  });

  it('names what is missing from an empty file', () => {
    expect(problemsOf(() => load(''))).toEqual([
      expect.stringMatching(/^models: is missing/),
      expect.stringMatching(/^pools: is missing/),
      expect.stringMatching(/^keys: is missing/),
    ]);
  });

  it('names line and column of broken YAML without quoting it', () => {
    const lines = problemsOf(() => load('keys:\n  - digest: "rw_live_secret\n'));
    expect(lines).toEqual([expect.stringMatching(/line 2, column|line 3, column/)]);
    expect(lines.join()).not.toContain('secret');
  });

  it('never repeats what may be a secret put in the wrong place', () => {
    const secret = 'rw_live_CItIwbyIF1MM_AL3NgzML7na31ZVdTqS6ZoXLCJZveHJEkAzjT9EPPUu_2B0F2O';
    const keys = [{ ...KEY, id: secret, digest: secret, tenant: secret, requestsPerMinute: secret }];
    expect(treeProblems({ keys, pools: [{ ...POOL, apiKey: [secret] }] }).join('\n')).not.toContain(secret);
  });

  it.each(['rw_live_CItIwbyIF1MM', 'key_rw_test_CItIwbyIF1MM', 'rwa_CItIwbyIF1MM', 'sk-CItIwbyIF1MM'])(
    'never repeats a part of a key, as %s is',
    (part) => {
      const lines = treeProblems({ keys: [{ ...KEY, requestsPerMinute: part }] });
      expect(lines).toHaveLength(1);
      expect(lines.join()).not.toContain('CItIwbyIF1MM');
    },
  );

  it.each([
    ['a key __proto__', 'server: {__proto__: {port: 1}}', /__proto__/],
    ['a key __proto__ in a variable-like list', 'models: [{__proto__: {id: a}}]', /__proto__/],
    ['the same key twice', 'server: {port: 1}\nserver: {port: 2}', /duplicate key/],
    ['no map at all', '- 1', /must be a map/],
    ['anchors that multiply', bomb(), /anchors too often/],
  ])('refuses %s', (_what, text, line) => {
    expect(problemsOf(() => load(text))).toContainEqual(expect.stringMatching(line));
    expect({}).not.toHaveProperty('port');
  });

  it('says that the file is not there', () => {
    expect(problemsOf(() => loadConfig({ file: '/nowhere/ropeway.yaml', env: {} }))).toEqual([
      expect.stringMatching(/^cannot be read \(ENOENT\)/),
    ]);
  });
});

/** 10^9 strings in ten lines. */
function bomb(): string {
  const lines = ['a0: &a0 [x]'];
  for (let level = 1; level < 10; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(',')}]`,
    );
  }
  return lines.join('\n');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
