// What 1,000 streams of 30 tokens/s cost one core: CPU, how late chunks come, and the memory 900 more streams take. The
// worker thinks (`delta.reasoning`), as QwQ does most of the time; we answer it under both names unless said otherwise, so
// our frames are longer than the bare relay's. Each proxy is a fresh process in each round, for its memory's sake; CPU and lateness
// are measured once it has seen clients come and leave (`warm-up.ts`).
// Run: npm run bench -- --only streams
import { lowest, median, round } from './load/figures.ts';
import { type LoadTools, writeBody } from './load/load-tools.ts';
import { type ProxyKind, QUESTION } from './load/proxy.ts';
import { type ClientResult, runClient } from './load/run-client.ts';
import { type LoadWorker, startWorker } from './load/start-worker.ts';
import { warmUp } from './load/warm-up.ts';

interface StreamTerms {
  readonly rounds: number;
  readonly seconds: number;
  /** Before CPU and lateness, in each round; see `warm-up.ts`. */
  readonly warmUpClients: number;
  readonly proxies: readonly ProxyKind[];
}

export interface StreamFigures {
  /** Share of one core, best round. */
  readonly cpu_share: number;
  /** Worker's write to client's read, median over the rounds. */
  readonly chunk_p50_ms: number;
  readonly chunk_p99_ms: number;
  /** Request to first token, the worker's own 33 ms in it. */
  readonly first_p50_ms: number;
  readonly rss_100_mb: number;
  readonly rss_1000_mb: number;
  readonly growth_mb: number;
  /** The slowest round used; 30,000 when nothing fell behind. */
  readonly chunks_s: number;
  readonly errors: number;
  readonly rounds: readonly StreamRound[];
}

interface StreamRound {
  readonly few: ClientResult;
  /** 1,000 in a process that has seen but few: for its memory. */
  readonly fresh: ClientResult;
  readonly many: ClientResult;
}

/** Of 30,000 a second, less the pause between two streams of a connection. What falls behind saves CPU by it. */
export const KEPT_UP_CHUNKS_S = 29_000;

const FEW = 100;
const MANY = 1_000;
/** 6.7 s a stream, then the next one: 150 streams begin and end each second. */
const CHUNKS = 200;
const INTERVAL_US = 33_333;
/** Streams begin over this time, so that their tokens are spread as those of real workers are. */
const RAMP_SECONDS = { few: 0.5, fresh: 2, many: 2, brief: 0 };
const WARM_SECONDS = { few: 2, fresh: 3, many: 4, brief: 0 };
const FRESH_SECONDS = 4;
/** Streams of the warm-up, 0.2 s each: some 1,500 begin and end in a second. */
const BRIEF = 300;
const BRIEF_CHUNKS = 5;

export async function run(tools: LoadTools, terms: StreamTerms): Promise<Record<string, StreamFigures>> {
  const worker = await startWorker(tools, {
    chunks: CHUNKS,
    intervalUs: INTERVAL_US,
    firstUs: INTERVAL_US,
    field: 'reasoning',
  });
  const measured = new Map<string, StreamRound[]>(terms.proxies.map(({ name }) => [name, []]));
  try {
    for (let number = 0; number < terms.rounds; number++) {
      for (const kind of terms.proxies) {
        measured.get(kind.name)?.push(await measure(tools, kind, worker, terms));
      }
    }
  } finally {
    await worker.stop();
  }
  return Object.fromEntries([...measured].map(([name, rounds]) => [name, figuresOf(rounds)]));
}

async function measure(
  tools: LoadTools,
  kind: ProxyKind,
  worker: LoadWorker,
  { seconds, warmUpClients }: StreamTerms,
): Promise<StreamRound> {
  const question = { ...QUESTION, stream: true };
  const body = writeBody(tools, 'stream', question);
  const briefBody = writeBody(tools, 'brief', { ...question, max_tokens: BRIEF_CHUNKS });
  const { port, headers, pid, stop } = await kind.start(tools, worker);
  const ask = (connections: number, load: keyof typeof WARM_SECONDS, seconds: number) =>
    runClient(tools, {
      ...{ port, headers, pid, connections, kind: 'stream' },
      ...(load === 'brief' ? { body: briefBody, chunks: BRIEF_CHUNKS } : { body, chunks: CHUNKS }),
      seconds: seconds + WARM_SECONDS[load],
      warmSeconds: WARM_SECONDS[load],
      rampSeconds: RAMP_SECONDS[load],
    });
  try {
    const few = await ask(FEW, 'few', Math.min(seconds, 3));
    const fresh = await ask(MANY, 'fresh', FRESH_SECONDS);
    await warmUp(warmUpClients, (seconds) => ask(BRIEF, 'brief', seconds));
    return { few, fresh, many: await ask(MANY, 'many', seconds) };
  } finally {
    await stop();
  }
}

/** From the rounds that kept up, if any did. */
function figuresOf(rounds: readonly StreamRound[]): StreamFigures {
  const keptUp = rounds.filter((each) => each.many.chunks_s >= KEPT_UP_CHUNKS_S);
  const used = keptUp.length > 0 ? keptUp : rounds;
  const many = used.map((each) => each.many);
  const medianMb = (kilobytes: readonly number[]) => round(median(kilobytes) / 1024, 1);
  const medianMs = (pick: (result: ClientResult) => number) => round(median(many.map(pick)) / 1000);
  return {
    cpu_share: round(lowest(many.map((result) => result.cpu_share)), 3),
    chunk_p50_ms: medianMs(({ chunk_us }) => chunk_us.p50),
    chunk_p99_ms: medianMs(({ chunk_us }) => chunk_us.p99),
    first_p50_ms: medianMs(({ first_us }) => first_us.p50),
    rss_100_mb: medianMb(used.map(({ few }) => few.rss_kb)),
    rss_1000_mb: medianMb(used.map(({ fresh }) => fresh.rss_kb)),
    growth_mb: medianMb(used.map(({ few, fresh }) => fresh.rss_kb - few.rss_kb)),
    chunks_s: round(lowest(many.map((result) => result.chunks_s)), 0),
    errors: rounds.reduce((sum, { few, fresh, many }) => sum + few.errors + fresh.errors + many.errors, 0),
    rounds,
  };
}
