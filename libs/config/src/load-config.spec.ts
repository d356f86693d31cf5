import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { DEFAULT_FLEET_OPTIONS } from '#workers';
import { KEY, load, loadTree, MODEL, POOL } from '../test/loading.ts';

describe('a good configuration', () => {
  it('has every default filled in', () => {
    const config = loadTree();
    expect(config.server.port).toBe(8080);
    expect(config.ops.port).toBe(9090);
    expect(config.bodies.maxBytes).toBe(16 * 1024 * 1024);
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
