// What a gateway tells of itself, and its traces where the configuration asks for them.
import { type RopewayConfig, version } from '#config';
import { openTracing, type ProcessLogger, Telemetry } from '#telemetry';

/** Rejects when traces are asked for and cannot be sent as configured. */
export async function startTelemetry(
  config: RopewayConfig,
  log: ProcessLogger,
  opened: AsyncDisposableStack,
): Promise<Telemetry> {
  const onLost = (err: unknown): void => log.logger.warn({ err }, 'the collector of traces takes none');
  const tracing = config.tracing === null ? null : await openTracing(config.tracing, { version, onLost });
  opened.defer(() => tracing?.close());
  const telemetry = opened.adopt(
    new Telemetry({
      log,
      version,
      maxTenants: config.metrics.maxTenantLabels,
      keepRequests: config.requests.keep,
      tracing,
    }),
    (telling) => telling.close(),
  );
  telemetry.follow(config.log.follow);
  return telemetry;
}
