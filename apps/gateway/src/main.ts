// The gateway as a process: `npm run gateway -- --config FILE`.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { explainStartError, LateListener, version, watchConfig } from '#config';
import { createLogger } from '#telemetry';
import { reloadsOf } from './start/reloads.ts';
import { serveUntilSignal } from './start/serve-until-signal.ts';
import { startGateway } from './start/start-gateway.ts';

const { config: file } = new Command('gateway')
  .description('Starts the Ropeway gateway in front of the workers a configuration file names.')
  .version(version)
  .option(
    '-c, --config <file>',
    'YAML file (docs/configuration.md); without it, ROPEWAY_* variables say everything',
  )
  .parse()
  .opts<{ config?: string }>();

const path = file === undefined ? null : resolve(file);
try {
  const reloads = new LateListener();
  const watch = watchConfig({ file: path }, reloads);
  const log = createLogger({ level: watch.current.log.level });
  const gateway = await startGateway(watch.current, log);
  reloads.attach(reloadsOf(gateway, log.logger));
  process.on('SIGHUP', () => watch.reload());
  log.logger.info({ url: gateway.url, ops: gateway.opsUrl, config: path, version }, 'listening');
  const code = await serveUntilSignal(gateway, log.logger, () => watch.close());
  // All is answered, delivered and closed. What a library may still hold open shall not keep the process: a pod that does not end
  // is killed, and Node has been seen turning for ever at its natural end over one socket.
  process.exit(code);
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`);
  process.exit(1);
}
