// Builds a gateway from a configuration and lets it listen. Used by main.ts, by the standalone app and by the tests:
// there is one way to start it.
import type { AddressInfo } from 'node:net';
import { AddressRanges } from '#addresses';
import { type RopewayConfig, version } from '#config';
import { explainDiskShort } from '#ledger';
import { WorkerClient } from '#relay';
import { Lifecycle, OpsServer, openTracing, type ProcessLogger, Telemetry } from '#telemetry';
import { FailedAuth } from '#tenancy';
import { DEFAULT_RETRY_BUDGET, RetryBudget, StaticFleet, systemClock } from '#workers';
import { largestWindow } from '../completions/largest-window.ts';
import { LiveAnswers } from '../completions/live-answers.ts';
import { Pricing } from '../completions/pricing.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { BodyBytes } from '../http/body-bytes.ts';
import { createApp } from '../http/create-app.ts';
import { gatewayDraining } from '../http/gateway-draining.ts';
import { probesOf } from '../models/probes-of.ts';
import { ServedModels } from '../models/served-models.ts';
import { opsPages } from '../ops/ops-pages.ts';
import { ParkingLot } from '../parking/parking-lot.ts';
import { authoritiesOf } from './authorities-of.ts';
import { boundsOf } from './bounds-of.ts';
import { buildModels } from './build-models.ts';
import { clientsLeft } from './clients-left.ts';
import { fleetOptions } from './fleet-options.ts';
import { newGatewayId } from './gateway-id.ts';
import { noteColdStart, noteFleetEvent } from './note-fleet-event.ts';
import { openDiscovery } from './open-discovery.ts';
import { openState, type State } from './open-state.ts';

/** At the drain limit: for the last bytes of the answers that are cut to leave. */
const CUT_MS = 1_000;

export interface Gateway {
  /** Origin of the API, as in `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly opsUrl: string;
  readonly ports: ServePorts;
  /** What bursts depend on: the largest window and weight of the pools, for whoever shows limits beside it. */
  burstBounds(): { readonly largestWindowTokens: number; readonly largestPoolWeight: number };
  /** Resolves once every worker has been looked at, or the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Takes over keys, pools and log level; everything else needs a restart. */
  reload(config: RopewayConfig): void;
  /**
   * Sends clients elsewhere for `server.leaveMs`, then refuses new requests, lets running ones finish up to the drain limit, cuts the
   * rest with a fault, and closes. True when all finished.
   */
  drain(limitMs?: number): Promise<boolean>;
  /** Closes at once. */
  close(): Promise<void>;
}

/** `opened`: a state that is shared with others in this process, and stays open when the gateway closes. */
export async function startGateway(
  config: RopewayConfig,
  log: ProcessLogger,
  opened: State | null = null,
): Promise<Gateway> {
  const { models, counters } = await buildModels(config);
  const { logger } = log;
  for (const { vocabulary } of counters) logger.info({ vocabulary }, 'vocabulary loaded');
  const tracing =
    config.tracing === null
      ? null
      : await openTracing(config.tracing, {
          version,
          onLost: (err) => logger.warn({ err }, 'the collector of traces takes none'),
        });
  const telemetry = new Telemetry({
    log,
    version,
    maxTenants: config.metrics.maxTenantLabels,
    keepRequests: config.requests.keep,
    tracing,
  });
  telemetry.follow(config.log.follow);
  const probes = config.workers.compareCounts ? (await Promise.all(models.map(probesOf))).flat() : [];
  const { waiting, relay } = config;
  // Who waited for as long as an answer may take in all has no time left for one.
  const maxWaitMs = Math.min(waiting.maxWaitMs, relay.totalTimeoutMs);
  const parking = new ParkingLot(
    { ...waiting, maxWaitMs },
    {
      clock: systemClock,
      random: Math.random,
      snapshot: () => fleet.snapshot(),
      onColdStart: (pool, tookMs) => noteColdStart(pool, tookMs, telemetry, logger),
      onRefused: (pool, bound) => telemetry.parkingRefused(pool, bound),
    },
  );
  const fleet = new StaticFleet({
    pools: config.pools,
    options: fleetOptions(config),
    tokenizerProbes: probes,
    log: (event) => {
      noteFleetEvent(event, telemetry, logger);
      parking.noticed(event);
    },
  });
  telemetry.setFleet(() => fleet.snapshot());
  telemetry.setParking(() => parking.reading());
  const discovery = await openDiscovery(config, fleet, logger);
  telemetry.setDiscovery(() => discovery?.reading ?? null);
  const client = new WorkerClient(config.relay);
  const state = opened ?? (await openState(config, logger));
  const liveAnswers = new LiveAnswers();
  let cut = 0;
  state.onRevoked((revoked) => {
    const ended = liveAnswers.revoke(revoked);
    cut += ended;
    logger.info({ ...revoked, answers_cut: ended }, 'keys revoked');
  });
  telemetry.setState(() => ({ ...state.reading(), cut }));
  telemetry.setBounds(boundsOf(config, state));
  telemetry.setCertificates(authoritiesOf(config));
  const pricing = new Pricing(config);
  const ports: ServePorts = {
    keys: state.keys,
    failedAuth: new FailedAuth(config.auth),
    trustedProxies: new AddressRanges(config.auth.trustedProxies),
    limiter: state.limiter,
    pricing,
    outputEstimate: state.outputEstimate,
    ledger: state.ledger,
    usage: state.usage,
    liveAnswers,
    bodies: new BodyBytes(config.bodies.inFlightBytes, telemetry.inFlight),
    parking,
    models: new ServedModels(models),
    fleet,
    gateways: () => state.limiter.stats().replicas,
    client,
    retryBudget: new RetryBudget({
      ratio: config.relay.retryBudgetRatio,
      minPerSecond: config.relay.retryBudgetMinPerSecond,
      savedSeconds: DEFAULT_RETRY_BUDGET.savedSeconds,
      nowMs: () => performance.now(),
    }),
    telemetry,
    lifecycle: new Lifecycle(telemetry.inFlight),
    settings: {
      body: { maxBodyBytes: config.bodies.maxBytes, bodyTimeoutMs: config.bodies.timeoutMs },
      relay: config.relay,
      maxRetries: config.relay.retries,
      unstatedOutputTokens: config.limits.unstatedOutputTokens,
    },
  };
  let looked = false;
  const ops = new OpsServer(
    opsPages({
      telemetry,
      fleet,
      parking,
      lifecycle: ports.lifecycle,
      liveAnswers,
      hasLooked: () => looked,
      databaseProblem: () => state.databaseProblem(),
      hasKeys: () => state.hasKeys(),
      outboxProblem: () => outboxProblemOf(state),
      gatewayId: newGatewayId(),
      discovery: () => discovery?.reading ?? null,
    }),
  );
  const app = await createApp(ports, config.server);

  const closeAll = async (): Promise<void> => {
    // No new connection first, then the old ones, then what they used.
    const closed = app.close();
    app.getHttpServer().closeAllConnections();
    await closed;
    parking.close();
    await discovery?.close();
    await fleet.close();
    client.close();
    if (opened === null) await state.close();
    await ops.close();
    await Promise.all(counters.map((counter) => counter.close()));
    telemetry.close();
    await tracing?.close();
    log.flush();
  };
  // A second signal closes what is draining; the drain then closes, too.
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= closeAll();
    return closing;
  };
  try {
    const opsPort = await ops.listen(config.ops.port, config.ops.host);
    await app.listen(config.server.port, config.server.host);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const never = new AbortController();
    const ready = async (signal: AbortSignal): Promise<void> => {
      // Before its first list a gateway knows no worker: it must not take the place of one that does.
      await discovery?.synced(signal);
      await fleet.firstLook(signal);
      // firstLook also ends when the signal aborts: whoever waits gave up, which readies nobody.
      looked ||= !signal.aborted;
    };
    void ready(never.signal).catch(() => undefined);
    return {
      url: `http://${reachable(config.server.publicHost ?? config.server.host)}:${port}`,
      opsUrl: `http://${reachable(config.ops.host)}:${opsPort}`,
      ports,
      burstBounds: () => ({
        largestWindowTokens: largestWindow(fleet),
        largestPoolWeight: pricing.largestWeight,
      }),
      ready,
      reload: (next) => {
        state.reload(next);
        pricing.replace(next);
        (discovery ?? fleet).declare(next.pools);
        telemetry.setCertificates(authoritiesOf({ ...config, pools: next.pools }));
        log.setLevel(next.log.level);
        telemetry.follow(next.log.follow);
        telemetry.configReloaded('applied');
      },
      drain: async (limitMs = config.relay.drainTimeoutMs) => {
        ports.lifecycle.leave();
        const server = app.getHttpServer();
        await clientsLeft(server, config.server.leaveMs, never.signal);
        const drained = ports.lifecycle.drain(limitMs);
        server.closeIdleConnections();
        // Whoever waits and has heard nothing yet is sent elsewhere, now that it is draining.
        parking.wakeAll();
        const all = await drained;
        if (!all) {
          // Each says so itself, as the last event of a stream or as a plain answer, and is in the ledger as ended by us.
          liveAnswers.cut(gatewayDraining());
          await ports.lifecycle.drain(CUT_MS);
        }
        never.abort();
        await close();
        return all;
      },
      close: () => {
        never.abort();
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
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
