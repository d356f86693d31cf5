// What one plain request costs: throughput and CPU time of one core at 64 connections, and the time added at one
// connection, for us and for the bare relay (and a peer), round by round in turn on the same machine.
// Run: npm run bench -- --only plain
import { highest, lowest, median, round } from './load/figures.ts';
import { type LoadTools, writeBody } from './load/load-tools.ts';
import { type ProxyKind, QUESTION, type RunningProxy } from './load/proxy.ts';
import { type ClientResult, runClient } from './load/run-client.ts';
import { type LoadWorker, startWorker } from './load/start-worker.ts';
import { warmUp } from './load/warm-up.ts';

export interface PlainTerms {
  readonly rounds: number;
  readonly seconds: number;
  /** Before the first round; see `warm-up.ts`. */
  readonly warmUpClients: number;
  readonly proxies: readonly ProxyKind[];
}

export interface PlainFigures {
  /** Best round at 64 connections. */
  readonly answers_s: number;
  /** CPU time of the proxy an answer, best round. */
  readonly cpu_us: number;
  /** What the proxy got of its core in its best round: well below 1, others were using it, and throughput says less. */
  readonly core_share: number;
  /** One connection, median over the rounds of the median time of an answer, and what it is over direct. */
  readonly single_p50_us: number;
  readonly added_p50_us: number;
  readonly errors: number;
  readonly rounds: readonly PlainRound[];
}

interface PlainRound {
  readonly many: ClientResult;
  readonly single: ClientResult;
}

const CONNECTIONS = 64;
/** Counted after so long: connections are open. */
const WARM_SECONDS = 0.5;
/** By the proxy's name; `direct` is the worker itself. */
export async function run(tools: LoadTools, terms: PlainTerms): Promise<Record<string, PlainFigures>> {
  const worker = await startWorker(tools);
  const ends: Array<() => Promise<void>> = [worker.stop];
  const targets: Target[] = [{ name: 'direct', at: { ...worker, headers: [] } }];
  try {
    for (const kind of terms.proxies) {
      const proxy = await kind.start(tools, worker);
      ends.push(proxy.stop);
      targets.push({ name: kind.name, at: proxy });
    }
    return figuresOf(await measureInTurn(tools, terms, targets));
  } finally {
    await Promise.all(ends.map((end) => end()));
  }
}

interface Target {
  readonly name: string;
  readonly at: RunningProxy | (LoadWorker & { readonly headers: readonly string[] });
}

async function measureInTurn(
  tools: LoadTools,
  { rounds, seconds, warmUpClients }: PlainTerms,
  targets: readonly Target[],
) {
  const body = writeBody(tools, 'plain', QUESTION);
  const ask = ({ port, headers, pid }: Target['at'], connections: number, seconds: number) =>
    runClient(tools, {
      ...{ port, headers, pid, connections, body, kind: 'plain' },
      seconds: seconds + WARM_SECONDS,
      warmSeconds: WARM_SECONDS,
    });
  const measured = new Map<string, PlainRound[]>(targets.map(({ name }) => [name, []]));
  for (const { at } of targets) await warmUp(warmUpClients, (seconds) => ask(at, CONNECTIONS, seconds));
  for (let number = 0; number < rounds; number++) {
    for (const { name, at } of targets) {
      const many = await ask(at, CONNECTIONS, seconds);
      measured.get(name)?.push({ many, single: await ask(at, 1, seconds / 2) });
    }
  }
  return measured;
}

function figuresOf(measured: ReadonlyMap<string, readonly PlainRound[]>): Record<string, PlainFigures> {
  const singleOf = (rounds: readonly PlainRound[]) => median(rounds.map(({ single }) => single.first_us.p50));
  const directUs = singleOf(measured.get('direct') ?? []);
  const entries = [...measured].map(([name, rounds]) => {
    const figures: PlainFigures = {
      answers_s: round(highest(rounds.map(({ many }) => many.answers_s)), 0),
      cpu_us: round(lowest(rounds.map(({ many }) => (many.cpu_seconds * 1e6) / many.answers)), 1),
      core_share: round(highest(rounds.map(({ many }) => many.cpu_share))),
      single_p50_us: singleOf(rounds),
      added_p50_us: singleOf(rounds) - directUs,
      errors: rounds.reduce((sum, { many, single }) => sum + many.errors + single.errors, 0),
      rounds,
    };
    return [name, figures] as const;
  });
  return Object.fromEntries(entries);
}
