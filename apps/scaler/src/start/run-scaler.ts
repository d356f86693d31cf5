// From a configuration file to a scaler that serves until a signal.
import { resolve } from 'node:path';
import { LateListener, version, watchConfig } from '#config';
import { createLogger } from '#telemetry';
import { findGateways } from '../gateways/find-gateways.ts';
import { reloadsOf } from './reloads.ts';
import { startScaler } from './start-scaler.ts';

/** Resolves with the exit code. A second signal ends at once. Throws when it cannot start. */
export async function runScaler(file: string | undefined): Promise<number> {
  const path = file === undefined ? null : resolve(file);
  const reloads = new LateListener();
  // It needs the names of pools and none of the gateways' secrets, so their file does without their Secrets.
  const watch = watchConfig({ file: path, withoutSecrets: true }, reloads);
  const config = watch.current;
  const log = createLogger({ level: config.log.level });
  const scaler = await startScaler({
    config,
    poolNames: () => watch.current.pools.map(({ name }) => name),
    gateways: await findGateways(config, log.logger),
    log,
    version,
  });
  reloads.attach(reloadsOf(scaler, log));
  process.on('SIGHUP', () => watch.reload());
  const { grpcPort, opsPort } = scaler;
  log.logger.info(
    { grpc: `${config.scaler.host}:${grpcPort}`, ops: opsUrl(config.ops.host, opsPort), version },
    'listening',
  );
  log.logger.info({ signal: await aSignal() }, 'draining');
  watch.close();
  void aSignal().then(() => process.exit(1));
  await scaler.drain();
  return 0;
}

function opsUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function aSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
}
