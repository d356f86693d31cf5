// Builds a gateway from a configuration and lets it listen. Used by main.ts, by the standalone app and by the tests:
// there is one way to start it.
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RopewayConfig } from '#config';
import { explainDiskShort } from '#ledger';
import { WorkerClient } from '#relay';
import { Lifecycle, OpsServer, type ProcessLogger } from '#telemetry';
import { LiveAnswers } from '../completions/live-answers.ts';
import { createApp } from '../http/create-app.ts';
import { opsPages } from '../ops/ops-pages.ts';
import { authoritiesOf } from './authorities-of.ts';
import { buildModels } from './build-models.ts';
import { Gateway } from './gateway.ts';
import { newGatewayId } from './gateway-id.ts';
import { openFleet } from './open-fleet.ts';
import { openState, type State } from './open-state.ts';
import { servePortsOf } from './serve-ports-of.ts';
import { startTelemetry } from './start-telemetry.ts';
import { tellState } from './tell-state.ts';

/**
 * `shared`: a state that others in this process use, too, and that stays open when the gateway closes. What was opened is closed
 * last first, by the gateway's `close` or when a later step fails.
 */
export async function startGateway(
  config: RopewayConfig,
  log: ProcessLogger,
  shared: State | null = null,
): Promise<Gateway> {
  await using opened = new AsyncDisposableStack();
  const { logger } = log;
  opened.defer(() => log.flush());
  const { models, counters } = await buildModels(config);
  for (const counter of counters) opened.defer(() => counter.close());
  for (const { vocabulary } of counters) logger.info({ vocabulary }, 'vocabulary loaded');
  const telemetry = await startTelemetry(config, log, opened);
  const telling = { telemetry, logger };
  // Closed after whatever works with them: an answer that is cut is still charged, and probes are answered while the outbox is sent on.
  const kept = opened.use(new AsyncDisposableStack());
  const client = opened.adopt(new WorkerClient(config.relay), (sockets) => sockets.close());
  const workers = await openFleet(config, models, telling, opened);
  const lifecycle = new Lifecycle(telemetry.inFlight);
  const liveAnswers = new LiveAnswers();
  const ops = new OpsServer(
    opsPages({
      telemetry,
      fleet: workers.fleet,
      parking: workers.parking,
      lifecycle,
      liveAnswers,
      hasLooked: () => workers.hasLooked,
      databaseProblem: () => state.databaseProblem(),
      hasKeys: () => state.hasKeys(),
      outboxProblem: () => outboxProblemOf(state),
      gatewayId: newGatewayId(),
      discovery: () => workers.discovery?.reading ?? null,
    }),
  );
  kept.defer(() => ops.close());
  const state = shared ?? kept.adopt(await openState(config, logger), (own) => own.close());
  tellState(config, state, liveAnswers, telling);
  telemetry.setCertificates(authoritiesOf(config));
  const ports = servePortsOf(config, { state, workers, models, client, telemetry, lifecycle, liveAnswers });
  const app = opened.adopt(await createApp(ports, config.server), closeApp);
  const opsPort = await ops.listen(config.ops.port, config.ops.host);
  await app.listen(config.server.port, config.server.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${reachable(config.server.publicHost ?? config.server.host)}:${port}`;
  const opsUrl = `http://${reachable(config.ops.host)}:${opsPort}`;
  return new Gateway({ config, log, ports, state, workers, app, opened: opened.move(), url, opsUrl });
}

/** No new connection first, then the old ones. */
async function closeApp(app: NestFastifyApplication): Promise<void> {
  const closed = app.close();
  app.getHttpServer().closeAllConnections();
  await closed;
}

function outboxProblemOf({ ledger }: State): string | null {
  const short = ledger?.diskShort() ?? null;
  return short === null ? null : explainDiskShort(short);
}

/** An address that listens everywhere is reached on this machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
