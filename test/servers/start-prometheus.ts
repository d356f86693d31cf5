// A real Prometheus for a test, on a free port of loopback, its data in a temporary folder that goes with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { needProgram } from '../../scripts/find-program.mjs';
import { prometheusConfig, type ScrapeTarget } from '../../scripts/observe/prometheus-config.ts';
import { freePort } from './free-port.ts';
import { PrometheusClient } from './prometheus-client.ts';
import { newServerFolder, ServerProcess } from './server-process.ts';
import { handOver } from './unprivileged.ts';

const TRIES = 3;
const SCRAPE_INTERVAL_MS = 1_000;
const LOOK_MS = 2_000;
const OWN_INTERVAL = /^ *interval: *\w+\n/gm;

interface PrometheusTerms {
  readonly targets?: readonly ScrapeTarget[];
  /** Files with further targets, read again when they change; it must be able to read them. */
  readonly targetFiles?: readonly string[];
  /** All their groups are evaluated with the scrapes, whatever interval of their own they have: a test cannot wait for it. */
  readonly ruleFiles?: readonly string[];
  /** Default: every second. */
  readonly scrapeIntervalMs?: number;
}

export interface TestPrometheus {
  readonly url: string;
  readonly pid: number;
  readonly client: PrometheusClient;
  /** The end of what it wrote. */
  readonly log: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Resolves once it answers queries. It looks for its targets 5 s after its start: wait for a series with `eventually`. */
export async function startPrometheus(terms: PrometheusTerms = {}): Promise<TestPrometheus> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = prometheusProcess(port, terms);
    try {
      await server.start();
      return handleOf(server, port);
    } catch (error) {
      server.remove();
      // Another process may have been quicker with the port.
      if (tries === TRIES || !server.log.includes('address already in use')) throw error;
    }
  }
}

function prometheusProcess(port: number, terms: PrometheusTerms): ServerProcess {
  const { targets = [], targetFiles = [], scrapeIntervalMs = SCRAPE_INTERVAL_MS } = terms;
  const folder = newServerFolder('prometheus');
  const ruleFiles = (terms.ruleFiles ?? []).map((file) => copyTo(folder, file));
  const config = join(folder, 'prometheus.json');
  writeFileSync(config, prometheusConfig({ targets, targetFiles, ruleFiles, scrapeIntervalMs }));
  handOver(config);
  const url = `http://127.0.0.1:${port}`;
  const launch = {
    file: needProgram('prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ],
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(LOOK_MS) })).ok,
  } as const;
  return new ServerProcess(launch, folder);
}

/** A copy: root's working tree may be closed to the user it runs as. */
function copyTo(folder: string, file: string): string {
  const copy = join(folder, basename(file));
  writeFileSync(copy, readFileSync(file, 'utf8').replaceAll(OWN_INTERVAL, ''));
  handOver(copy);
  return copy;
}

function handleOf(server: ServerProcess, port: number): TestPrometheus {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    client: new PrometheusClient(url),
    get pid() {
      return server.pid;
    },
    get log() {
      return server.log;
    },
    stop: async () => {
      await server.end();
      server.remove();
    },
  };
}
