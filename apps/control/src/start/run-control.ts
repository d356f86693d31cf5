// From a configuration file to an admin API that serves until a signal.
import { resolve } from 'node:path';
import { loadConfig, version } from '#config';
import { createLogger } from '#telemetry';
import { ensureAdminKey } from '../auth/ensure-admin-key.ts';
import { openPorts } from './open-ports.ts';
import { startControl } from './start-control.ts';

/** Resolves with the exit code. A second signal ends at once. Throws when it cannot start. */
export async function runControl(file: string | undefined): Promise<number> {
  const config = loadConfig({ file: file === undefined ? null : resolve(file) });
  const { host, port, adminKeyFile } = config.control;
  const { trustedProxies, failedPerMinute } = config.auth;
  const { logger } = createLogger({ level: config.log.level });
  await using closing = new AsyncDisposableStack();
  const opened = await openPorts(config, logger, version);
  closing.defer(() => opened.close());
  const { keys, isNew } = await ensureAdminKey(adminKeyFile);
  const options = { host, port, adminKeys: keys, trustedProxies, failedPerMinute };
  const control = await startControl(options, opened.ports);
  logger.info({ url: control.url, adminKeyFile, isNewAdminKey: isNew, version }, 'listening');
  const first = await aSignal();
  logger.info({ signal: first }, 'draining');
  const drained = control.drain();
  void aSignal().then((signal) => {
    logger.warn({ signal }, 'second signal: closing at once');
    return control.close();
  });
  if (!(await drained)) logger.warn({}, 'running requests were cut off');
  return 0;
}

function aSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
}
