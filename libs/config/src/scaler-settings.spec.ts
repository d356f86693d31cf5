import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { loadTree, MODEL, POOL, treeProblems } from '../test/loading.ts';
import { loadConfig } from './load-config.ts';

describe('the scaler', () => {
  it('looks for pods and speaks plain text unless told', () => {
    expect(loadTree().scaler).toEqual({
      host: '0.0.0.0',
      port: 9091,
      gateways: { selector: 'app.kubernetes.io/component=gateway', port: 9090, urls: [] },
      pollMs: 500,
      silentMs: 5_000,
      targetTokens: 60_000,
      targetKvUsage: 0.8,
      tls: null,
    });
  });

  it('takes each setting from its variable', () => {
    const { scaler } = loadTree(
      {},
      {
        ROPEWAY_SCALER_GATEWAYS_URLS: '[http://10.0.0.7:9090]',
        ROPEWAY_SCALER_GATEWAYS_SELECTOR: 'tier=gateway',
        ROPEWAY_SCALER_POLL_MS: '250',
      },
    );
    expect(scaler).toMatchObject({
      gateways: { urls: ['http://10.0.0.7:9090'], selector: 'tier=gateway', port: 9090 },
      pollMs: 250,
    });
  });

  it('finds its certificates beside the configuration file, and leaves reading them to the scaler', () => {
    const tls = { certFile: 'tls.crt', keyFile: '/run/tls.key' };
    expect(loadTree({ scaler: { tls } }).scaler.tls).toEqual({
      certFile: '/etc/ropeway/tls.crt',
      keyFile: '/run/tls.key',
      clientCaFile: null,
    });
    expect(loadTree({ scaler: { tls: { ...tls, clientCaFile: 'ca.crt' } } }).scaler.tls?.clientCaFile).toBe(
      '/etc/ropeway/ca.crt',
    );
  });

  it('refuses a certificate without its key', () => {
    expect(treeProblems({ scaler: { tls: { certFile: 'a' } } })).toEqual([
      expect.stringContaining('scaler.tls'),
    ]);
  });

  it('refuses to take one missed answer for silence', () => {
    expect(treeProblems({ scaler: { pollMs: 1_000, silentMs: 1_500 } })).toEqual([
      expect.stringMatching(/scaler\.silentMs: is 1500.*at least 2000/),
    ]);
  });

  it.each(['10.0.0.7:9090', 'http://10.0.0.7:9090/demand', 'ftp://10.0.0.7', 'http://a:b@10.0.0.7'])(
    'refuses %s as a gateway',
    (url) => {
      expect(treeProblems({ scaler: { gateways: { urls: [url] } } })).toEqual([
        expect.stringContaining('scaler.gateways.urls[0]'),
      ]);
    },
  );
});

describe('a configuration without secrets', () => {
  const tree = {
    models: [MODEL],
    pools: [{ ...POOL, apiKeyFile: '/run/secrets/worker-key' }],
    peppers: [{ version: 1, file: '/run/secrets/pepper' }],
    redis: { urls: ['redis://r:6379'], passwordEnv: 'REDIS_PASSWORD' },
  };
  const load = (changes: object, withoutSecrets: boolean) =>
    loadConfig({
      file: '/etc/ropeway/ropeway.yaml',
      env: {},
      readFile: (path) => {
        if (path === '/etc/ropeway/ropeway.yaml') return stringify({ ...tree, ...changes });
        throw Object.assign(new Error('denied'), { code: 'EACCES' });
      },
      withoutSecrets,
    });

  it('loads where none of them may be read, and where the database is named by a variable only', () => {
    expect(load({}, true).pools.map(({ name }) => name)).toEqual([POOL.name]);
    expect(() => load({}, false)).toThrow(/keys: is missing/);
    expect(() => load({}, false)).toThrow(/worker-key/);
  });

  it('is checked in everything else', () => {
    expect(() => load({ pools: [{ ...POOL, model: 'nobody' }] }, true)).toThrow(/pools\[0\]\.model/);
  });
});
