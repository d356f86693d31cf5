// The built gateway as a process that can be killed and started again on the same address with the same files, as a
// container is: several of them on one Redis and one PostgreSQL are what a deployment is.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { build } from '../e2e/harness/gateway-process.ts';
import { PEPPER } from '../e2e/harness/keys.ts';
import { freePort } from './free-port.ts';
import { type MetricsPage, readMetrics } from './metrics-page.ts';
import { newServerFolder, ServerProcess } from './server-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'gateway', 'src', 'main.js');
/** A chaos test of a minute logs some thousand requests. */
const LOG_CHARACTERS = 8_388_608;
/** A look at its health that is not answered by then is made again. */
const LOOK_MS = 2_000;

interface GatewayProcessTerms {
  /** The configuration file's sections; addresses, pepper and outbox are ours unless given. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Environment variables besides the pepper. */
  readonly env?: Readonly<Record<string, string>>;
  /** False: resolve once it listens, though its workers were not all looked at. */
  readonly waitsUntilReady?: boolean;
}

export interface RunningGateway {
  /** Origin of the API, the same after a restart. */
  readonly url: string;
  readonly opsUrl: string;
  /** Changes with a restart. */
  readonly pid: number;
  /** Its working folder, with `outbox` in it; there until `stop`. */
  readonly folder: string;
  metrics(): Promise<MetricsPage>;
  /** Records of its log with this message, oldest first; what it wrote before a restart too. */
  logged(message: string): readonly Readonly<Record<string, unknown>>[];
  /** Everything it wrote, as text: for a failed test to show. */
  readonly log: string;
  kill9(): Promise<void>;
  /** Ends as it does on SIGTERM: drains, settles, empties its outbox. Its folder stays. */
  drain(): Promise<void>;
  /** With the same files and addresses, and other settings if given; kills the running one. */
  restart(settings?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

let isBuilt = false;

/** Resolves once it is ready. */
export async function startGatewayProcess(terms: GatewayProcessTerms): Promise<RunningGateway> {
  if (!isBuilt) build();
  isBuilt = true;
  const gateway = new GatewayOnItsPorts(terms, await freePort(), await freePort());
  try {
    await gateway.restart();
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return gateway;
}

class GatewayOnItsPorts implements RunningGateway {
  readonly url: string;
  readonly opsUrl: string;
  readonly folder = newServerFolder('gateway');
  readonly #file = join(this.folder, 'ropeway.yaml');
  readonly #terms: GatewayProcessTerms;
  readonly #port: number;
  readonly #opsPort: number;
  readonly #server: ServerProcess;

  constructor(terms: GatewayProcessTerms, port: number, opsPort: number) {
    this.#terms = terms;
    this.#port = port;
    this.#opsPort = opsPort;
    this.url = `http://127.0.0.1:${port}`;
    this.opsUrl = `http://127.0.0.1:${opsPort}`;
    mkdirSync(join(this.folder, 'outbox'));
    const health = terms.waitsUntilReady === false ? 'livez' : 'readyz';
    const launch = {
      file: process.execPath,
      args: [...GATEWAY_FLAGS, MAIN, '--config', this.#file],
      env: { ROPEWAY_PEPPER: PEPPER, ...terms.env },
      // Root's working tree may be closed to nobody.
      runsAs: 'self',
      logCharacters: LOG_CHARACTERS,
      stopSignal: 'SIGTERM',
      isReady: async () =>
        (await fetch(`${this.opsUrl}/${health}`, { signal: AbortSignal.timeout(LOOK_MS) })).ok,
    } as const;
    this.#server = new ServerProcess(launch, this.folder);
  }

  get pid(): number {
    return this.#server.pid;
  }

  get log(): string {
    return this.#server.log;
  }

  logged(message: string): Readonly<Record<string, unknown>>[] {
    return this.log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line))
      .filter((record) => record.msg === message);
  }

  metrics(): Promise<MetricsPage> {
    return readMetrics(this.opsUrl);
  }

  kill9(): Promise<void> {
    return this.#server.kill9();
  }

  drain(): Promise<void> {
    return this.#server.end();
  }

  async restart(settings = this.#terms.settings): Promise<void> {
    await this.#server.kill9();
    writeFileSync(this.#file, JSON.stringify(this.#whole(settings)));
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.kill9();
    this.#server.remove();
  }

  #whole(settings: Readonly<Record<string, unknown>>) {
    const { server, ops, ledger, ...others } = settings;
    return {
      server: { host: '127.0.0.1', leaveMs: 0, ...objectOf(server), port: this.#port },
      ops: { ...objectOf(ops), port: this.#opsPort },
      ledger: { outbox: join(this.folder, 'outbox'), ...objectOf(ledger) },
      peppers: [{ version: 1, env: 'ROPEWAY_PEPPER' }],
      ...others,
    };
  }
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
