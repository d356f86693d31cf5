import { expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { createLogger } from '#telemetry';
import { reloadsOf } from './reloads.ts';

it('takes over pools and the log level, and says that it applied nothing else', () => {
  const lines: { msg: string; applied?: string[]; needsRestart?: string[] }[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const results: string[] = [];
  const listener = reloadsOf({ configReloaded: (result) => results.push(result) }, log);
  const settings = {
    log: { level: 'debug' },
    models: [{ id: 'm', profile: 'qwq', servedName: 'M' }],
    pools: [
      { name: 'p', model: 'm', rope: { type: 'default' }, windowTokens: 1_024, workers: ['http://w:1'] },
    ],
  };
  const config = loadConfig({
    file: 'spec',
    env: {},
    readFile: () => JSON.stringify(settings),
    withoutSecrets: true,
  });
  listener.changed({
    config,
    applied: ['keys', 'log.level', 'pools', 'prices'],
    needsRestart: ['scaler.grpcPort'],
  });
  log.logger.debug('seen');
  expect(results).toEqual(['applied']);
  expect(lines.map(({ applied, needsRestart, msg }) => ({ applied, needsRestart, msg }))).toEqual([
    { applied: ['log.level', 'pools'], needsRestart: ['scaler.grpcPort'], msg: 'configuration read again' },
    { msg: 'seen' },
  ]);
});
