import { expect, it } from '@jest/globals';
import { ConfigError, LateListener, loadConfig, type RopewayConfig } from '#config';
import { createLogger } from '#telemetry';
import { keyDigest, newKeyToken } from '#tenancy';
import { reloadsOf } from './reloads.ts';

const PEPPER = 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta';
const config = aConfig();

function aConfig(): RopewayConfig {
  const token = newKeyToken('live');
  const settings = {
    models: [{ id: 'm', profile: 'qwq', servedName: 'M' }],
    pools: [
      { name: 'p', model: 'm', rope: { type: 'default' }, windowTokens: 1_024, workers: ['http://w:1'] },
    ],
    keys: [{ id: token.id, digest: keyDigest(PEPPER, token.secret).toString('hex'), tenant: 't' }],
    peppers: [{ version: 1, file: 'pepper' }],
  };
  const readFile = (path: string) => (path.endsWith('pepper') ? PEPPER : JSON.stringify(settings));
  return loadConfig({ file: 'spec', env: {}, readFile });
}

/** Reloads, not attached yet, and what reaches the gateway and the log. */
function aGateway() {
  const lines: { level: string; msg: string; problems?: string[]; needsRestart?: string[] }[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const taken: RopewayConfig[] = [];
  const refused: string[] = [];
  const telemetry = { configReloaded: (result: string) => refused.push(result) };
  const gateway = { reload: (next: RopewayConfig) => taken.push(next), ports: { telemetry } };
  const reloads = new LateListener();
  return { reloads, attach: () => reloads.attach(reloadsOf(gateway, log.logger)), taken, refused, lines };
}

it('takes a change over and says what was applied', () => {
  const { reloads, attach, taken, lines } = aGateway();
  attach();
  reloads.changed({ config, applied: ['keys'], needsRestart: [] });
  expect(taken).toEqual([config]);
  expect(lines).toMatchObject([{ level: 'info', applied: ['keys'], msg: 'configuration reloaded' }]);
});

it('names what needs a restart', () => {
  const { reloads, attach, lines } = aGateway();
  attach();
  reloads.changed({ config, applied: [], needsRestart: ['server.port'] });
  expect(lines.at(-1)).toMatchObject({ level: 'warn', needsRestart: ['server.port'] });
});

it('keeps the last change that comes while the gateway starts, and takes it over once', () => {
  const { reloads, attach, taken } = aGateway();
  const [first, last] = [aConfig(), aConfig()];
  reloads.changed({ config: first, applied: ['keys'], needsRestart: [] });
  reloads.changed({ config: last, applied: ['keys'], needsRestart: [] });
  attach();
  expect(taken).toEqual([last]);
});

it('takes nothing over when nothing changed while it started', () => {
  const { attach, taken } = aGateway();
  attach();
  expect(taken).toEqual([]);
});

it('tells of a bad configuration that came while the gateway started, after the good one before it', () => {
  const { reloads, attach, taken, refused, lines } = aGateway();
  reloads.changed({ config, applied: ['keys'], needsRestart: [] });
  reloads.refused(new ConfigError('f', [{ path: 'pools', wrong: 'is missing', fix: 'give it one' }]));
  attach();
  expect([taken, refused]).toEqual([[config], ['refused']]);
  expect(lines).toMatchObject([{ level: 'info' }, { level: 'error' }]);
});

it('forgets a bad configuration that was mended while the gateway started', () => {
  const { reloads, attach, taken, refused } = aGateway();
  reloads.refused(new ConfigError('f', [{ path: 'pools', wrong: 'is missing', fix: 'give it one' }]));
  reloads.changed({ config, applied: [], needsRestart: [] });
  attach();
  expect([taken, refused]).toEqual([[config], []]);
});

it('refuses a bad configuration whole and lists its problems', () => {
  const { reloads, attach, taken, refused, lines } = aGateway();
  attach();
  reloads.refused(new ConfigError('f', [{ path: 'pools[0].name', wrong: 'is missing', fix: 'give it one' }]));
  expect([taken, refused]).toEqual([[], ['refused']]);
  expect(lines).toMatchObject([{ level: 'error', problems: ['pools[0].name: is missing; give it one'] }]);
});
