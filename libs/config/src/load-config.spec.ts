import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { DEFAULT_FLEET_OPTIONS } from '#workers';
import { ConfigError, problemLine } from './config-problem.ts';
import { loadConfig } from './load-config.ts';
import type { RopewayConfig } from './ropeway-config.ts';

const PEPPER = '6d0c2b94f1a87e35c04b92d8e7615fa3b8d1';
const MODEL = { id: 'qwq-32b', profile: 'qwq', aliases: ['QwQ-32B'] };
const POOL = {
  name: 'default',
  model: 'qwq-32b',
  rope: { type: 'default' },
  windowTokens: 40_960,
  workers: ['http://10.0.0.1:8000'],
};
const KEY = { id: 'Xq3LfT0bZ7Rw', digest: 'ab'.repeat(32), tenant: 'acme' };

interface Files {
  readonly [path: string]: string;
}

function load(text: string, env: Record<string, string> = {}, files: Files = {}): RopewayConfig {
  const all: Files = { '/etc/ropeway/ropeway.yaml': text, ...files };
  return loadConfig({
    file: '/etc/ropeway/ropeway.yaml',
    env: { ROPEWAY_PEPPER: PEPPER, ...env },
    readFile: (path) => {
      const found = all[path];
      if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return found;
    },
  });
}

function loadTree(changes: object = {}, env: Record<string, string> = {}, files: Files = {}): RopewayConfig {
  return load(stringify({ models: [MODEL], pools: [POOL], keys: [KEY], ...changes }), env, files);
}

/** The problems of a configuration that must not load, a line each. */
function problemsOf(attempt: () => RopewayConfig): string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemLine);
    throw error;
  }
  throw new TypeError('the configuration loaded');
}

const treeProblems = (changes: object, env: Record<string, string> = {}) =>
  problemsOf(() => loadTree(changes, env));

describe('a good configuration', () => {
  it('has every default filled in', () => {
    const config = loadTree();
    expect(config.server.port).toBe(8080);
    expect(config.ops.port).toBe(9090);
    expect(config.bodies.maxBytes).toBe(64 * 1024 * 1024);
    expect(config.bodies.inFlightBytes).toBeGreaterThan(0);
    expect(config.relay).toMatchObject({
      connectTimeoutMs: 2_000,
      firstTokenTimeoutMs: null,
      idleTimeoutMs: 60_000,
      totalTimeoutMs: 7_200_000,
      writeStallTimeoutMs: 60_000,
      drainTimeoutMs: 1_200_000,
      retries: 2,
    });
    expect(config.models[0]?.policy.assumedOutputTokens).toBe(8_192);
  });

  it('watches workers at the pace the fleet was built for', () => {
    const { workers } = loadTree();
    expect(workers).toMatchObject({
      scrapeIntervalMs: DEFAULT_FLEET_OPTIONS.scrapeIntervalMs,
      maxScrapesPerSecond: DEFAULT_FLEET_OPTIONS.scrapesPerSecond,
      probeTimeoutMs: DEFAULT_FLEET_OPTIONS.probeTimeoutMs,
      lookAgainMs: DEFAULT_FLEET_OPTIONS.quarantineIntervalMs,
      stallAfterMs: DEFAULT_FLEET_OPTIONS.stallMs,
      drainSilenceMs: DEFAULT_FLEET_OPTIONS.drainingSilentMs,
      warmUpMs: DEFAULT_FLEET_OPTIONS.slowStartMs,
      breakerFailures: DEFAULT_FLEET_OPTIONS.breaker.consecutiveFailures,
      breakerOpenMs: DEFAULT_FLEET_OPTIONS.breaker.firstPauseMs,
    });
  });

  it('resolves pools for the fleet: served name, rope, origin, KV tokens, secrets', () => {
    const pool = {
      ...POOL,
      rope: { type: 'yarn', factor: 4 },
      windowTokens: 131_072,
      workers: ['HTTPS://Worker.example:443/'],
      apiKeyFile: 'worker-key',
      caFile: '/tls/ca.pem',
    };
    const changes = { models: [{ ...MODEL, servedName: 'Qwen/QwQ-32B' }], pools: [pool] };
    const config = loadTree(changes, {}, { '/etc/ropeway/worker-key': 'hush\n', '/tls/ca.pem': 'PEM' });
    expect(config.pools).toEqual([
      {
        name: 'default',
        model: 'qwq-32b',
        servedName: 'Qwen/QwQ-32B',
        rope: { type: 'yarn', factor: 4 },
        windowTokens: 131_072,
        kvTokensPerWorker: 131_072,
        workers: [{ url: 'https://worker.example' }],
        apiKey: 'hush',
        ca: 'PEM',
      },
    ]);
  });

  it('names models in keys by their id, whatever alias was written', () => {
    const config = loadTree({ keys: [{ ...KEY, models: ['QwQ-32B'] }] });
    expect(config.keys[0]?.models).toEqual(['qwq-32b']);
  });

  it('takes a vocabulary beside the file by its absolute path', () => {
    const config = loadTree({ models: [{ ...MODEL, vocabulary: { path: 'qwq/tokenizer.json' } }] });
    expect(config.models[0]?.vocabulary).toEqual({ path: '/etc/ropeway/qwq/tokenizer.json' });
  });

  it('needs no profile where a worker counts', () => {
    const config = loadTree({ models: [{ id: 'qwq-32b', counting: 'worker' }] });
    expect(config.models[0]).toMatchObject({ profile: null, vocabulary: null });
  });

  it('may have a default rope above the native window when told so', () => {
    const config = loadTree({ pools: [{ ...POOL, windowTokens: 131_072, allowNativeWindow: true }] });
    expect(config.pools[0]?.windowTokens).toBe(131_072);
  });

  it('takes a section left empty as its defaults', () => {
    expect(load(`log:\n${stringify({ models: [MODEL], pools: [POOL], keys: [KEY] })}`).log.level).toBe(
      'info',
    );
  });

  it('cannot be changed by who gets it', () => {
    const config = loadTree();
    expect(() => Object.assign(config.relay, { retries: 9 })).toThrow(TypeError);
    expect(() => Object.assign(config.pools[0] ?? {}, { name: 'x' })).toThrow(TypeError);
  });
});

describe('the environment', () => {
  it('sets any setting over the file', () => {
    const config = loadTree(
      { server: { port: 1 }, relay: { retries: 0 } },
      {
        ROPEWAY_SERVER_PORT: '8181',
        ROPEWAY_RELAY_IDLE_TIMEOUT_MS: '1000',
        ROPEWAY_LOG_LEVEL: 'debug',
        ROPEWAY_SERVER_PUBLIC_HOST: '0123',
        ROPEWAY_WORKERS_COMPARE_COUNTS: 'false',
      },
    );
    expect(config.server).toMatchObject({ port: 8181, publicHost: '0123' });
    expect(config.relay).toMatchObject({ idleTimeoutMs: 1_000, retries: 0 });
    expect(config.log.level).toBe('debug');
    expect(config.workers.compareCounts).toBe(false);
  });

  it('can be all there is, lists as JSON or YAML', () => {
    const config = loadConfig({
      file: null,
      env: {
        ROPEWAY_MODELS: JSON.stringify([MODEL]),
        ROPEWAY_POOLS: stringify([POOL]),
        ROPEWAY_KEYS: '[]',
      },
    });
    expect(config.pools[0]?.name).toBe('default');
  });

  it('leaves a setting alone when its variable is empty', () => {
    expect(loadTree({}, { ROPEWAY_SERVER_PORT: '' }).server.port).toBe(8080);
  });

  it('is named where it is wrong', () => {
    expect(treeProblems({}, { ROPEWAY_RELAY_RETRIES: 'many', ROPEWAY_POOLS: '[{name: A}]' })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ROPEWAY_RELAY_RETRIES: must be a number, not "many"/),
        expect.stringMatching(/^ROPEWAY_POOLS\[0\]\.name: must be 1 to 63 of/),
      ]),
    );
  });

  it('is asked what it meant by a variable nearly right, and left alone otherwise', () => {
    expect(treeProblems({}, { ROPEWAY_SEVER_PORT: '1' })).toEqual([
      'ROPEWAY_SEVER_PORT: is not a setting; did you mean ROPEWAY_SERVER_PORT?',
    ]);
    expect(loadTree({}, { ROPEWAY_SERVICE_HOST: '10.0.0.1' }).server.port).toBe(8080);
  });

  it('is not fooled by what Kubernetes sets for a Service called ropeway-server', () => {
    expect(treeProblems({}, { ROPEWAY_SERVER_PORT: 'tcp://10.0.0.1:8080' })).toEqual([
      expect.stringContaining('enableServiceLinks: false'),
    ]);
  });
});

describe('a bad configuration', () => {
  it('is reported whole: each problem on a line with its place', () => {
    const lines = treeProblems(
      {
        server: { prot: 80, port: 99_999, keepAliveMs: '75s' },
        relay: { reasoningNames: 'bth' },
        pools: [{ ...POOL, workers: [] }, { ...POOL, model: 'qwq-32' }, { ...POOL, name: 'spare' }, 5],
        keys: [{ ...KEY, models: ['nix'] }, KEY],
      },
      { ROPEWAY_PEPPER: 'short' },
    );
    const starts = [
      'server.port: is 99999, must be at most 65535',
      'server.keepAliveMs: must be a number, not "75s"; write 75000: keepAliveMs is in milliseconds',
      'server.prot: is not a setting; did you mean `port`?',
      'pools[0].workers: must have at least 1',
      'pools[3]: must be a map, not 5',
      'relay.reasoningNames: is "bth", must be one of both, reasoning, reasoning_content; did you mean `both`?',
      'pools[2].workers[0]: `http://10.0.0.1:8000` stands at pools[1].workers[0] already',
      'pools[1].model: `qwq-32` is no model; did you mean `qwq-32b`?',
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
    ['a worker key that is not there', { pools: [{ ...POOL, apiKeyEnv: 'NIX' }] }, /NIX is not set/],
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

describe('the pepper', () => {
  const flaws = (pepper: string) => treeProblems({}, { ROPEWAY_PEPPER: pepper });

  it.each([
    ['empty', '', 'the pepper is empty'],
    ['short', PEPPER.slice(0, 31), 'is shorter than 32 bytes'],
    ['an example', 'please-change-me-please-change-me-please', 'is a published example'],
    ['an example of digits', '0123456789abcdef0123456789abcdef', 'is a published example'],
    ['one letter over and over', 'xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy', 'repeats a few characters'],
  ])('stops the boot when it is %s', (_what, pepper, sentence) => {
    expect(flaws(pepper)).toEqual([expect.stringContaining(sentence)]);
  });

  it('is read from a file without the newline at its end', () => {
    const env = { ROPEWAY_PEPPER: '', ROPEWAY_PEPPER_FILE: '/run/pepper' };
    expect(loadTree({}, env, { '/run/pepper': `${PEPPER}\n` }).peppers).toEqual(new Map([[1, PEPPER]]));
  });

  it('may have several versions, each from its own place', () => {
    const second = [...PEPPER].reverse().join('');
    const config = loadTree(
      {
        peppers: [
          { version: 1, env: 'OLD' },
          { version: 2, file: 'new' },
        ],
      },
      { OLD: PEPPER },
      { '/etc/ropeway/new': second },
    );
    expect(config.peppers).toEqual(
      new Map([
        [1, PEPPER],
        [2, second],
      ]),
    );
  });

  it('is not needed while nobody has a key', () => {
    expect(() => loadConfig({ file: null, env: allInEnvironment() })).not.toThrow();
  });
});

function allInEnvironment(): Record<string, string> {
  return {
    ROPEWAY_MODELS: JSON.stringify([MODEL]),
    ROPEWAY_POOLS: JSON.stringify([POOL]),
    ROPEWAY_KEYS: '[]',
  };
}

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
