// One simulated vLLM server on a port.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createTokenCounter } from '#tokenizer';
import { realClock } from './clock.ts';
import { Engine } from './engine/engine.ts';
import { EngineLoop } from './engine/engine-loop.ts';
import { handle } from './http/handle.ts';
import { EngineMetrics } from './metrics/engine-metrics.ts';
import { settingsOf, type VllmSimOptions, type VllmSimSettings } from './options.ts';
import type { SimContext } from './sim-context.ts';
import { createProseWriter, createScriptWriter } from './text/answer-writer.ts';

export interface VllmSim {
  readonly url: string;
  readonly port: number;
  readonly settings: VllmSimSettings;
  readonly engine: Engine;
  /** Stops at once; every connection is closed. */
  close(): Promise<void>;
}

/** Prompts above 16 KB are counted off the event loop, so that 90,000 tokens do not hold up the streams. */
const tokenizing = { vocabulary: 'qwen3', cacheEntries: 1_000, inlineBytes: 16_384, threads: 1 } as const;

export async function startVllmSim(options: VllmSimOptions = {}): Promise<VllmSim> {
  const settings = settingsOf(options);
  const counter = await createTokenCounter(tokenizing);
  const { answer, seed } = settings;
  const writer =
    answer.kind === 'prose'
      ? await createProseWriter(counter, { seed, ...answer })
      : await createScriptWriter(counter, answer.text);
  const metrics = new EngineMetrics(settings);
  const engine = new Engine(settings.engine, metrics);
  const loop = new EngineLoop(engine, realClock);
  const context: SimContext = {
    settings,
    counter,
    writer,
    engine,
    loop,
    metrics,
    fingerprint: fingerprintOf(settings),
  };
  const server = createServer({ keepAliveTimeout: settings.keepAliveMs }, (req, res) => {
    void handle(req, res, context);
  });
  const port = await listen(server, settings);
  return {
    url: `http://${settings.host}:${port}`,
    port,
    settings,
    engine,
    async close() {
      loop.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await counter.close();
    },
  };
}

async function listen(server: Server, { host, port }: VllmSimSettings): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function fingerprintOf({ version, windowTokens, rope }: VllmSimSettings): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([windowTokens, rope]))
    .digest('hex');
  return `vllm-${version}-${hash.slice(0, 8)}`;
}
