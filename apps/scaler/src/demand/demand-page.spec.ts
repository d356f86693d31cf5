import { describe, expect, it } from '@jest/globals';
import { readDemandPage } from './demand-page.ts';

const pool = {
  parked: 1,
  parked_tokens: 90_040,
  prefill_tokens: 12,
  running: 3,
  activation: true,
  ready: 2,
  coming: 1,
  kv_usage: { 'http://10.0.0.7:8000': 0.41 },
};
const page = (changes: object = {}, version = 1) =>
  JSON.stringify({ version, gateway: 'gw-0', pools: { 'yarn-4': { ...pool, ...changes } } });

describe('a demand page', () => {
  it('is read', () => {
    const reading = readDemandPage(page());
    expect(reading.isRead && reading.page.pools.get('yarn-4')).toEqual({
      parked: 1,
      parkedTokens: 90_040,
      prefillTokens: 12,
      running: 3,
      hasActivation: true,
      ready: 2,
      kvUsage: new Map([['http://10.0.0.7:8000', 0.41]]),
    });
  });

  it('of a later version, with fields nobody knows, is read', () => {
    expect(readDemandPage(page({ mood: 'calm', kv_usage: undefined }, 7)).isRead).toBe(true);
  });

  it.each(['parked', 'parked_tokens', 'prefill_tokens', 'running', 'activation'])(
    'without %s is not taken for one without demand',
    (field) => {
      const reading = readDemandPage(page({ [field]: undefined }));
      expect(reading).toEqual({ isRead: false, why: expect.stringContaining(`pools.yarn-4.${field}`) });
    },
  );

  it.each([-1, '3', null])('with %j parked tokens is not read', (parked_tokens) => {
    expect(readDemandPage(page({ parked_tokens })).isRead).toBe(false);
  });

  it.each(['', '{', 'null', '[]', '<html>', '{"version":1}', '{"pools":{}}'])('is not %j', (text) => {
    expect(readDemandPage(text)).toEqual({ isRead: false, why: expect.stringMatching(/JSON/) });
  });

  it('names only the pools it names', () => {
    const reading = readDemandPage(page());
    expect(reading.isRead && reading.page.pools.get('constructor')).toBeUndefined();
  });
});
