// The admin API as a process: `npm run control -- --config FILE`, with the configuration file of the gateways.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '#config';
import { createLogger } from '#telemetry';
import { ensureAdminKey } from './auth/ensure-admin-key.ts';
import { explainStartError } from './start/explain-start-error.ts';
import { openPorts } from './start/open-ports.ts';
import { startControl } from './start/start-control.ts';
import { version } from './start/version.ts';

const { config: file } = new Command('control')
  .description('Starts the admin API of Ropeway: tenants, plans, keys, usage.')
  .version(version)
  .option(
    '-c, --config <file>',
    'YAML file (docs/configuration.md); without it, ROPEWAY_* variables say everything',
  )
  .parse()
  .opts<{ config?: string }>();

try {
  const config = loadConfig({ file: file === undefined ? null : resolve(file) });
  const { host, port, adminKeyFile } = config.control;
  const { trustedProxies, failedPerMinute } = config.auth;
  const log = createLogger({ level: config.log.level });
  const opened = await openPorts(config, log.logger, version);
  const { keys, isNew } = await ensureAdminKey(adminKeyFile);
  const options = { host, port, adminKeys: keys, trustedProxies, failedPerMinute };
  const control = await startControl(options, opened.ports);
  log.logger.info({ url: control.url, adminKeyFile, isNewAdminKey: isNew, version }, 'listening');
  let isDraining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    log.logger.info({ signal }, isDraining ? 'second signal: closing at once' : 'draining');
    const ended = isDraining ? control.close() : control.drain();
    isDraining = true;
    void ended
      .then(() => opened.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`);
  process.exit(1);
}
