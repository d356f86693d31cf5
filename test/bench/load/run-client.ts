// One run of the load client (client.c): its command line and its line of JSON.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LoadTools } from './load-tools.ts';
import { pinned } from './pins.ts';

interface ClientTerms {
  readonly port: number;
  readonly headers?: readonly string[];
  readonly connections: number;
  readonly kind: 'stream' | 'plain';
  /** File that holds the body. */
  readonly body: string;
  /** In all; of these the first `warmSeconds` are not counted, and connections start over the first `rampSeconds`. */
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly rampSeconds?: number;
  /** Frames a whole stream has. */
  readonly chunks?: number;
  /** Process whose CPU time and memory are read over the same time. */
  readonly pid?: number;
}

interface Times {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** As client.c prints it; times in microseconds. */
export interface ClientResult {
  readonly seconds: number;
  readonly answers: number;
  readonly answers_s: number;
  readonly errors: number;
  readonly chunks_s: number;
  readonly chunk_us: Times;
  /** Request to first frame; of a plain answer, to its end. */
  readonly first_us: Times;
  /** With `pid` only: CPU time, as a share of the wall time too, and median memory. */
  readonly cpu_seconds: number;
  readonly cpu_share: number;
  readonly rss_kb: number;
}

const run = promisify(execFile);

export async function runClient(tools: LoadTools, terms: ClientTerms): Promise<ClientResult> {
  const args = Object.entries({
    '--port': terms.port,
    '--connections': terms.connections,
    '--seconds': terms.seconds,
    '--warm-seconds': terms.warmSeconds,
    '--ramp-seconds': terms.rampSeconds ?? 0,
    '--kind': terms.kind,
    '--chunks': terms.chunks ?? 0,
    '--body': terms.body,
    '--pid': terms.pid ?? 0,
  }).flatMap(([name, value]) => [name, String(value)]);
  const headers = (terms.headers ?? []).flatMap((line) => ['--header', line]);
  const { stdout, stderr } = await run(...pinned('load', tools.client, [...args, ...headers]));
  if (stderr !== '') process.stderr.write(stderr);
  return parse(stdout);
}

function parse(line: string): ClientResult {
  const none = { cpu_seconds: 0, cpu_share: 0, rss_kb: 0 };
  return { ...none, ...(JSON.parse(line) as Omit<ClientResult, keyof typeof none>) };
}
