// Puts the scaler together and lets it listen. Used by main.ts and by the tests: there is one way to start it.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import {
  OpsServer,
  type ProcessLogger,
  type Readiness,
  type ReloadResult,
  ScalerTelemetry,
} from '#telemetry';
import type { GatewayAnswer } from '../demand/ask-gateway.ts';
import { DemandBoard } from '../demand/demand-board.ts';
import { GatewayPolls } from '../demand/gateway-polls.ts';
import { SilenceLog } from '../demand/silence-log.ts';
import type { GatewayList, KnownGateway } from '../gateways/gateway-list.ts';
import type { Activity } from '../grpc/activity-edges.ts';
import { ActivityStreams } from '../grpc/activity-streams.ts';
import { AnswerNotes } from '../grpc/answer-notes.ts';
import { externalScalerService } from '../grpc/external-scaler-service.ts';
import { GrpcServer } from '../grpc/grpc-server.ts';
import { ScalerAnswers } from '../grpc/scaler-answers.ts';
import { TlsFiles } from '../grpc/tls-files.ts';
import type { ScalerReadiness } from './scaler-readiness.ts';

interface ScalerPorts {
  readonly config: Pick<RopewayConfig, 'scaler' | 'ops'>;
  /** Names of the configured pools; they may change while it runs. */
  readonly poolNames: () => readonly string[];
  readonly gateways: GatewayList;
  readonly log: ProcessLogger;
  readonly version: string;
}

const nowMs = (): number => performance.now();

/** Throws a sentence for the operator when it cannot start; what it had opened goes with the process. */
export async function startScaler(ports: ScalerPorts): Promise<Scaler> {
  const scaler = new Scaler(ports);
  await scaler.start();
  return scaler;
}

export class Scaler {
  readonly #ports: ScalerPorts;
  readonly #logger: Logger;
  readonly #telemetry: ScalerTelemetry;
  readonly #board: DemandBoard;
  readonly #polls: GatewayPolls;
  readonly #silences: SilenceLog;
  readonly #streams: ActivityStreams;
  readonly #grpc: GrpcServer;
  readonly #ops: OpsServer;
  readonly #tls: TlsFiles | null;
  #status: Readiness['status'] = 'starting';
  #wasWhole = false;
  #grpcPort = 0;
  #opsPort = 0;

  constructor(ports: ScalerPorts) {
    const { config, gateways, log, poolNames, version } = ports;
    const { pollMs, silentMs, tls } = config.scaler;
    this.#ports = ports;
    this.#logger = log.logger;
    this.#tls = tls === null ? null : new TlsFiles(tls, tlsLog(this.#logger));
    this.#telemetry = new ScalerTelemetry({ version, droppedLines: log.droppedLines });
    this.#board = new DemandBoard(silentMs);
    this.#polls = new GatewayPolls({ pollMs, answered: (gateway, answer) => this.#heard(gateway, answer) });
    this.#silences = new SilenceLog(this.#logger);
    this.#streams = new ActivityStreams({ activity: (pool) => this.#activity(pool), nowMs });
    const answers = new ScalerAnswers({ board: this.#board, poolNames, targets: config.scaler, nowMs });
    this.#grpc = new GrpcServer(
      externalScalerService({
        answers,
        streams: this.#streams,
        isDraining: () => this.#status === 'draining',
        notes: new AnswerNotes(this.#telemetry, this.#logger),
      }),
    );
    this.#ops = new OpsServer({
      exposition: () => this.#telemetry.exposition(),
      readiness: () => this.#readiness(),
    });
    this.#telemetry.setReading(() => this.#reading());
    this.#telemetry.setDiscovery(() => gateways.reading);
    this.#telemetry.setCertificates(() => this.#tls?.reading() ?? []);
  }

  get grpcPort(): number {
    return this.#grpcPort;
  }

  get opsPort(): number {
    return this.#opsPort;
  }

  async start(): Promise<void> {
    const { config, gateways } = this.#ports;
    const { host, port } = config.scaler;
    this.#opsPort = await this.#ops.listen(config.ops.port, config.ops.host);
    this.#grpcPort = await this.#grpc.listen(host, port, this.#tls?.credentials() ?? null);
    this.#tls?.start();
    await gateways.start((listed) => this.#list(listed));
  }

  /** Looks at the files of its certificates now rather than at the next look. */
  readCertificates(): void {
    this.#tls?.look();
  }

  /** A configuration was read while it runs. */
  configReloaded(result: ReloadResult): void {
    this.#telemetry.configReloaded(result);
  }

  /** Not ready any more, streams ended with OK, running calls finished; then nothing of it is left. */
  async drain(): Promise<void> {
    this.#status = 'draining';
    this.#grpc.setServing(false);
    this.#streams.end();
    await this.#grpc.close();
    await this.#ports.gateways.close();
    this.#polls.close();
    this.#tls?.close();
    await this.#ops.close();
    this.#telemetry.close();
  }

  #list(gateways: readonly KnownGateway[]): void {
    this.#board.list(gateways, nowMs());
    this.#polls.follow(gateways);
    this.#silences.follow(gateways);
    this.#look();
  }

  #heard(gateway: KnownGateway, answer: GatewayAnswer): void {
    this.#telemetry.polled(answer.kind);
    this.#silences.heard(gateway, answer);
    if (answer.kind === 'read') this.#board.heard(gateway.id, answer.page, nowMs());
    else this.#board.missed(gateway.id);
    this.#look();
  }

  /** What follows from what is known now. Each poll comes by here, so it is looked at twice a second. */
  #look(): void {
    const coverage = this.#board.coverage(nowMs());
    if (coverage.isWhole && this.#status === 'starting') {
      this.#status = 'ready';
      this.#grpc.setServing(true);
    }
    if (coverage.isWhole !== this.#wasWhole) {
      this.#wasWhole = coverage.isWhole;
      if (coverage.isWhole) this.#logger.info('every gateway has answered: KEDA is answered');
      else this.#logger.warn({ why: coverage.why }, 'KEDA is answered UNAVAILABLE');
    }
    this.#streams.look();
  }

  /** One gateway is enough to know that a pool is needed; that it is not takes all of them. */
  #activity(pool: string): Activity {
    const { isActive, readyWorkers } = this.#board.pool(pool, nowMs());
    return { isActive: isActive || this.#board.coverage(nowMs()).isWhole ? isActive : null, readyWorkers };
  }

  #readiness(): ScalerReadiness {
    const coverage = this.#board.coverage(nowMs());
    return {
      status: this.#status,
      unavailable: coverage.isWhole ? null : coverage.why,
      gateways: this.#board.states(nowMs()),
      trouble: this.#ports.gateways.reading?.trouble ?? null,
    };
  }

  #reading() {
    const now = nowMs();
    return {
      gateways: this.#board.states(now),
      isWhole: this.#board.coverage(now).isWhole,
      pools: this.#ports.poolNames().map((name) => ({
        name,
        ...this.#board.pool(name, now),
        kvUsage: this.#board.kvUsage(name, now),
        streams: this.#streams.countOf(name),
      })),
    };
  }
}

function tlsLog(logger: Logger) {
  return {
    renewed: () => logger.info('the certificates of the gRPC port were renewed'),
    refused: (why: string) => logger.error({ why }, 'new certificates are bad: the old ones stay'),
  };
}
