// A scaler in this process, gateways that are ours, and KEDA's client; all of it ended after each test.
import { credentials } from '@grpc/grpc-js';
import type { RopewayConfig } from '#config';
import { createLogger } from '#telemetry';
import type { GatewayList, KnownGateway } from '../src/gateways/gateway-list.ts';
import { type Scaler, startScaler } from '../src/start/start-scaler.ts';
import { KedaClient } from './keda-client.ts';
import { StandInGateway } from './stand-in-gateway.ts';

/** Gateways come and go as the test says; until its first word nobody knows which there are. */
class ToldGateways implements GatewayList {
  readonly reading = null;
  #changed: (gateways: readonly KnownGateway[]) => void = () => {};

  async start(changed: (gateways: readonly KnownGateway[]) => void): Promise<void> {
    this.#changed = changed;
  }

  async close(): Promise<void> {
    this.#changed = () => {};
  }

  are(...gateways: readonly KnownGateway[]): void {
    this.#changed(gateways);
  }
}

interface UnderTest {
  readonly scaler: Scaler;
  readonly keda: KedaClient;
  readonly gateways: ToldGateways;
  readonly logged: readonly string[];
}

const opened: (() => Promise<void> | void)[] = [];

/** Call after each test. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close();
}

export async function aGateway(): Promise<StandInGateway> {
  const gateway = await new StandInGateway().listen();
  opened.push(() => gateway.close());
  return gateway;
}

export async function aScaler(settings: Partial<RopewayConfig['scaler']> = {}): Promise<UnderTest> {
  const logged: string[] = [];
  const gateways = new ToldGateways();
  const scaler = await startScaler({
    config: { scaler: { ...SETTINGS, ...settings }, ops: { host: '127.0.0.1', port: 0 } },
    poolNames: () => ['default', 'yarn-4'],
    gateways,
    log: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    version: '0.0.0',
  });
  opened.push(() => scaler.drain());
  return { scaler, keda: aClient(scaler.grpcPort), gateways, logged };
}

export function aClient(port: number, channel = credentials.createInsecure()): KedaClient {
  const keda = new KedaClient(port, channel);
  opened.push(() => keda.close());
  return keda;
}

const SETTINGS: RopewayConfig['scaler'] = {
  host: '127.0.0.1',
  port: 0,
  gateways: { selector: 'unused', port: 9090, urls: [] },
  pollMs: 50,
  silentMs: 60_000,
  targetTokens: 60_000,
  targetKvUsage: 0.8,
  tls: null,
};
