import { expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { keyDigest, newKeyToken } from '#tenancy';
import { DEFAULT_FLEET_OPTIONS } from '#workers';
import { fleetOptions } from './fleet-options.ts';

const PEPPER = 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta';

function optionsOf(sections: object) {
  const token = newKeyToken('live');
  const digest = keyDigest(PEPPER, token.secret).toString('hex');
  const settings = {
    models: [{ id: 'm', profile: 'qwq', servedName: 'M' }],
    pools: [
      { name: 'p', model: 'm', rope: { type: 'default' }, windowTokens: 1_024, workers: ['http://w:1'] },
    ],
    keys: [{ id: token.id, digest, tenant: 't' }],
    peppers: [{ version: 1, file: 'pepper' }],
    ...sections,
  };
  const readFile = (path: string) => (path.endsWith('pepper') ? PEPPER : JSON.stringify(settings));
  return fleetOptions(loadConfig({ file: 'spec', env: {}, readFile }));
}

it('hands every setting on under the name the fleet has for it', () => {
  const workers = {
    scrapeIntervalMs: 501,
    maxScrapesPerSecond: 7,
    probeTimeoutMs: 1_503,
    lookAgainMs: 6_004,
    stallAfterMs: 20_005,
    drainSilenceMs: 16_006,
    breakerFailures: 8,
    breakerOpenMs: 2_009,
    warmUpMs: 31_010,
  };
  expect(optionsOf({ workers })).toMatchObject({
    healthIntervalMs: 501,
    scrapeIntervalMs: 501,
    scrapesPerSecond: 7,
    probeTimeoutMs: 1_503,
    quarantineIntervalMs: 6_004,
    stallMs: 20_005,
    drainingSilentMs: 16_006,
    slowStartMs: 31_010,
    breaker: { consecutiveFailures: 8, firstPauseMs: 2_009 },
  });
});

it('never lets a pause start longer than it may become', () => {
  const { breaker } = optionsOf({ workers: { breakerOpenMs: 60_000 } });
  expect(breaker).toMatchObject({ firstPauseMs: 60_000, longestPauseMs: 60_000 });
});

it('agrees with the fleet on every default', () => {
  expect(DEFAULT_FLEET_OPTIONS).toMatchObject(optionsOf({}));
});
