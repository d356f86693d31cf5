import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadTree, MODEL, POOL, treeProblems } from '../test/loading.ts';
import { loadConfig } from './load-config.ts';

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
    expect(loadTree({}, { ROPEWAY_SERVICE_HOST: '10.0.0.1', ROPEWAY_KEY: 'rw_live_x' }).server.port).toBe(
      8080,
    );
  });

  it('is not fooled by what Kubernetes sets for a Service called ropeway-server', () => {
    expect(treeProblems({}, { ROPEWAY_SERVER_PORT: 'tcp://10.0.0.1:8080' })).toEqual([
      expect.stringContaining('enableServiceLinks: false'),
    ]);
  });
});
