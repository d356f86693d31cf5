// A gateway that listens: what its process may ask of it until it ends.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RopewayConfig } from '#config';
import type { ProcessLogger } from '#telemetry';
import { largestWindow } from '../completions/largest-window.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { gatewayDraining } from '../http/gateway-draining.ts';
import { authoritiesOf } from './authorities-of.ts';
import { clientsLeft } from './clients-left.ts';
import type { OpenFleet } from './open-fleet.ts';
import type { State } from './open-state.ts';

/** At the drain limit: for the last bytes of the answers that are cut to leave. */
const CUT_MS = 1_000;

interface GatewayParts {
  readonly config: RopewayConfig;
  readonly log: ProcessLogger;
  readonly ports: ServePorts;
  readonly state: State;
  readonly workers: OpenFleet;
  readonly app: NestFastifyApplication;
  /** All that was opened for it. */
  readonly opened: AsyncDisposableStack;
  /** Origin of the API, as in `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly opsUrl: string;
}

export class Gateway {
  readonly url: string;
  readonly opsUrl: string;
  readonly ports: ServePorts;
  readonly #parts: GatewayParts;
  readonly #ending = new AbortController();
  #closing: Promise<void> | null = null;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.url = parts.url;
    this.opsUrl = parts.opsUrl;
    this.ports = parts.ports;
    void this.ready(this.#ending.signal).catch(() => undefined);
  }

  /** What bursts depend on: the largest window and weight of the pools, for whoever shows limits beside it. */
  burstBounds(): { readonly largestWindowTokens: number; readonly largestPoolWeight: number } {
    const { fleet, pricing } = this.ports;
    return { largestWindowTokens: largestWindow(fleet), largestPoolWeight: pricing.largestWeight };
  }

  /** Resolves once every worker has been looked at, or the signal aborts. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#parts.workers.ready(signal);
  }

  /** Takes over keys, pools and log level; everything else needs a restart. */
  reload(next: RopewayConfig): void {
    const { config, log, state, workers } = this.#parts;
    const { pricing, telemetry } = this.ports;
    state.reload(next);
    pricing.replace(next);
    workers.declare(next.pools);
    telemetry.setCertificates(authoritiesOf({ ...config, pools: next.pools }));
    log.setLevel(next.log.level);
    telemetry.follow(next.log.follow);
    telemetry.configReloaded('applied');
  }

  /**
   * Sends clients elsewhere for `server.leaveMs`, then refuses new requests, lets running ones finish up to the drain limit, cuts the
   * rest with a fault, and closes. True when all finished.
   */
  async drain(limitMs = this.#parts.config.relay.drainTimeoutMs): Promise<boolean> {
    const { app, config } = this.#parts;
    const { lifecycle, liveAnswers, parking } = this.ports;
    lifecycle.leave();
    const server = app.getHttpServer();
    await clientsLeft(server, config.server.leaveMs, this.#ending.signal);
    const drained = lifecycle.drain(limitMs);
    server.closeIdleConnections();
    // Whoever waits and has heard nothing yet is sent elsewhere, now that it is draining.
    parking.wakeAll();
    const all = await drained;
    if (!all) {
      // Each says so itself, as the last event of a stream or as a plain answer, and is in the ledger as ended by us.
      liveAnswers.cut(gatewayDraining());
      await lifecycle.drain(CUT_MS);
    }
    await this.close();
    return all;
  }

  /** Closes at once. A second signal closes what is draining; the drain then closes, too. */
  close(): Promise<void> {
    this.#ending.abort();
    this.#closing ??= this.#parts.opened.disposeAsync();
    return this.#closing;
  }
}
