// A real gateway in front of simulated workers, all in this process, each on a port of its own. One way to start it for
// every e2e test; what a test needs differently it says.
import { loadConfig, type RopewayConfig } from '#config';
import { type Gateway, startGateway } from '#gateway';
import { createLogger } from '#telemetry';
import { startVllmSim, type VllmSim, type VllmSimOptions } from '#vllm-sim';
import { eventually } from './eventually.ts';
import { type KeyTerms, makeKey, PEPPER } from './keys.ts';

export interface PoolUnderTest {
  readonly name: string;
  /** YaRN factor; 1 is no scaling. */
  readonly factor: number;
  readonly windowTokens: number;
  /** Default: the one of MODEL. */
  readonly model?: string;
  /** Simulated workers. */
  readonly sims?: number;
  readonly sim?: VllmSimOptions;
  /** What a token of it counts in limits; 1. */
  readonly tokenWeight?: number;
  /** Other workers, of the test's own. */
  readonly urls?: readonly string[];
}

export interface FleetTerms {
  readonly pools?: readonly PoolUnderTest[];
  /** Members of the model, over MODEL. */
  readonly model?: Readonly<Record<string, unknown>>;
  /** Further models. */
  readonly otherModels?: readonly unknown[];
  /** By name; the first is `key`. */
  readonly keys?: Readonly<Record<string, KeyTerms>>;
  /** Sections of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False: don't wait until every worker is ready. */
  readonly waitsUntilReady?: boolean;
}

export interface FleetUnderTest {
  readonly gateway: Gateway;
  /** Origin of the API, without `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly keys: ReadonlyMap<string, string>;
  /** The configuration with something changed, for `gateway.reload`. */
  config(changes: Partial<FleetTerms>): RopewayConfig;
  /** The only worker of a pool, or the nth. */
  sim(pool: string, nth?: number): VllmSim;
  sims(pool: string): readonly VllmSim[];
  /** Requests for text all workers were asked, oldest first within each. */
  asked(): ReturnType<VllmSim['seen']['to']>;
  /** Every line logged so far. */
  readonly log: readonly string[];
  /** Resolves when no worker holds a lease and no request runs; a leak makes it reject. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Small windows, so that a test's long prompt is a few kilobytes. */
export const POOLS: readonly PoolUnderTest[] = [
  { name: 'default', factor: 1, windowTokens: 1_024, sims: 2 },
  { name: 'yarn-2', factor: 2, windowTokens: 2_048 },
  { name: 'yarn-4', factor: 4, windowTokens: 4_096 },
];
export const ONE_POOL: readonly PoolUnderTest[] = [{ name: 'default', factor: 1, windowTokens: 1_024 }];
export const TWO_WORKERS: readonly PoolUnderTest[] = [
  { name: 'default', factor: 1, windowTokens: 1_024, sims: 2 },
];

export const MODEL = {
  id: 'qwq-32b',
  aliases: ['Qwen/QwQ-32B'],
  profile: 'qwq',
  servedName: 'QwQ-32B',
  assumedOutputTokens: 256,
};
/** An answer takes some 20 steps of a millisecond. */
export const SIM: VllmSimOptions = {
  servedNames: ['QwQ-32B'],
  answer: { kind: 'prose', thinkingTokens: 10, answerTokens: 10 },
  engine: { prefillTokensPerS: 1_000_000, stepMs: 1 },
};
const GENERATING = new Set(['/v1/chat/completions', '/v1/completions']);

export async function startFleetUnderTest(terms: FleetTerms = {}): Promise<FleetUnderTest> {
  const pools = terms.pools ?? POOLS;
  const sims = new Map<string, readonly VllmSim[]>();
  for (const pool of pools) sims.set(pool.name, await startSims(pool));
  const all = [...sims.values()].flat();
  const keys = new Map(
    Object.entries(terms.keys ?? { caller: {} }).map(([name, key]) => [name, makeKey(key)] as const),
  );
  const config = (changes: Partial<FleetTerms>): RopewayConfig =>
    configOf(
      { ...terms, ...changes },
      sims,
      [...keys.values()].map((key) => key.declaration),
    );
  const log: string[] = [];
  const logger = createLogger({ level: 'trace', destination: { write: (line) => log.push(line) } });
  const gateway = await startGateway(config({}), logger);
  if (terms.waitsUntilReady !== false) await gateway.ready(AbortSignal.timeout(10_000));
  const simsOf = (pool: string): readonly VllmSim[] => sims.get(pool) ?? [];
  return {
    gateway,
    url: gateway.url,
    key: [...keys.values()][0]?.text ?? '',
    keys: new Map([...keys].map(([name, key]) => [name, key.text])),
    config,
    sim: (pool, nth = 0) => {
      const sim = simsOf(pool)[nth];
      if (sim === undefined) throw new RangeError(`pool ${pool} has no worker ${nth}`);
      return sim;
    },
    sims: simsOf,
    asked: () => all.flatMap((sim) => sim.seen.to().filter(({ path }) => GENERATING.has(path))),
    log,
    idle: () => eventually('no lease is held and nothing runs', () => isIdle(gateway)),
    close: async () => {
      await gateway.close();
      await Promise.all(all.map((sim) => sim.close()));
    },
  };
}

async function startSims(pool: PoolUnderTest): Promise<readonly VllmSim[]> {
  const { factor, windowTokens, sims = pool.urls ? 0 : 1, sim = {} } = pool;
  const options: VllmSimOptions = {
    ...SIM,
    ...sim,
    windowTokens,
    rope: factor === 1 ? { type: 'default' } : { type: 'yarn', factor },
    engine: { ...SIM.engine, ...sim.engine },
  };
  return Promise.all(Array.from({ length: sims }, (_, nth) => startVllmSim({ ...options, seed: nth + 1 })));
}

function configOf(
  terms: FleetTerms,
  sims: ReadonlyMap<string, readonly VllmSim[]>,
  keys: readonly unknown[],
): RopewayConfig {
  const settings = {
    server: { host: '127.0.0.1', port: 0, leaveMs: 0 },
    ops: { port: 0 },
    log: { level: 'debug' },
    tokenizer: { threads: 0 },
    // Tests knock with many wrong keys from one address; what becomes of that has a test of its own.
    auth: { failedPerMinute: 100_000 },
    // Probes have a test of their own; workers that are all back at once need no gradual start.
    workers: { compareCounts: false, scrapeIntervalMs: 100, warmUpMs: 0 },
    models: [{ ...MODEL, ...terms.model }, ...(terms.otherModels ?? [])],
    pools: (terms.pools ?? POOLS).map(
      ({ name, model = MODEL.id, factor, windowTokens, tokenWeight = 1, urls = [] }) => ({
        name,
        model,
        rope: factor === 1 ? { type: 'default' } : { type: 'yarn', factor },
        windowTokens,
        tokenWeight,
        workers: [...(sims.get(name) ?? []).map(({ url }) => url), ...urls],
      }),
    ),
    keys,
    peppers: [{ version: 1, file: 'pepper' }],
    ...terms.settings,
  };
  return loadConfig({
    file: 'e2e',
    env: {},
    // JSON is YAML.
    readFile: (path) => (path.endsWith('pepper') ? PEPPER : JSON.stringify(settings)),
  });
}

function isIdle({ ports }: Gateway): boolean {
  const workers = ports.fleet.snapshot().pools.flatMap((pool) => pool.workers);
  const held = workers.some(({ load }) => load.requests + load.promptTokens + load.queuedTokens > 0);
  return !held && ports.lifecycle.running === 0;
}
