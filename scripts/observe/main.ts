// `npm run observe`: a Prometheus on this machine that watches a running `npm run up`, or any gateway whose ops page it can
// reach, with Ropeway's rules loaded. Serves until Ctrl-C.
import { Command, InvalidArgumentError } from 'commander';
import { findProgram } from '../find-program.mjs';
import { LocalPrometheus } from './local-prometheus.ts';
import { readGatewayPage, WatchedWorkers } from './watched-workers.ts';
import { QUERIES, whatToOpen } from './what-to-open.ts';

const INSTALL =
  'prometheus is missing: apt-get install prometheus (its service takes port 9090 from the gateway: systemctl disable --now prometheus), or brew install prometheus';

interface Options {
  readonly port: number;
  readonly opsUrl: string;
  readonly state: string;
  readonly json?: true;
}

const options = new Command('observe')
  .description('Starts Prometheus on a running `npm run up`, with the rules loaded, until Ctrl-C.')
  .option('--port <number>', 'where Prometheus listens, on loopback', portOf, 9091)
  .option('--ops-url <url>', 'ops page of the gateway', originOf, 'http://127.0.0.1:9090')
  .option('--state <folder>', 'its data goes into the folder prometheus in there', '.ropeway')
  .option('--json', 'print what to open as JSON')
  .parse()
  .opts<Options>();

try {
  process.exitCode = await observe(options);
} catch (error) {
  say(process.stderr, `ropeway: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function observe({ port, opsUrl, state, json }: Options): Promise<number> {
  const program = findProgram('prometheus');
  if (program === null) throw new Error(INSTALL);
  const page = await readGatewayPage(opsUrl);
  const prometheus = await LocalPrometheus.prepare({ program, port, opsUrl, state });
  const workers = new WatchedWorkers(opsUrl, prometheus.workersFile, (line) => say(process.stderr, line));
  const count = workers.take(page);
  // Before it starts, so that nobody who ends us meanwhile leaves it behind. Ctrl-C reaches us from the terminal and again
  // from npm: the second one finds the end under way.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => prometheus.stop());
  await prometheus.start();
  if (prometheus.isStopping) return 0;
  workers.watch();
  const seen = { url: prometheus.url, metrics: `${opsUrl}/metrics`, workers: count, data: prometheus.folder };
  const shown = json ? JSON.stringify({ ...seen, queries: QUERIES }, null, 2) : whatToOpen(seen);
  say(process.stdout, shown);
  await prometheus.ended;
  workers.close();
  if (prometheus.isStopping) return 0;
  throw new Error(`prometheus ended by itself: ${prometheus.lastWords}`);
}

function say(to: NodeJS.WritableStream, line: string): void {
  to.write(`${line}\n`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535.');
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:') return url.origin;
  throw new InvalidArgumentError('it is a URL that begins with http://');
}
