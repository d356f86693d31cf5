// What a deployment is: two processes of the built gateway on one Redis and one PostgreSQL, in front of the same worker.
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { testRedisUrl, uniquePrefix } from '../../servers/shared-servers.ts';
import { type RunningGateway, startGatewayProcess } from '../../servers/start-gateway-process.ts';
import { MODEL, SIM } from './fleet-under-test.ts';
import { type StateUnderTest, startStateUnderTest } from './state-under-test.ts';

export interface TwoGatewaysUnderTest extends StateUnderTest {
  readonly one: RunningGateway;
  readonly two: RunningGateway;
  readonly sim: VllmSim;
}

interface TwoGatewaysTerms {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

/** A thousand at once, so that no request waits for the worker. */
const ROOMY = { maxSequences: 4_096, kvTokens: 4_000_000 };
const WINDOW_TOKENS = 1_024;

export async function startTwoGatewaysUnderTest(limits: TwoGatewaysTerms): Promise<TwoGatewaysUnderTest> {
  const state = await startStateUnderTest();
  const sim = await startVllmSim({
    ...SIM,
    windowTokens: WINDOW_TOKENS,
    engine: { ...SIM.engine, ...ROOMY },
  });
  const pool = { name: 'default', model: MODEL.id, rope: { type: 'default' }, windowTokens: WINDOW_TOKENS };
  const settings = {
    tokenizer: { threads: 0 },
    workers: { compareCounts: false, scrapeIntervalMs: 200, warmUpMs: 0 },
    models: [MODEL],
    pools: [{ ...pool, workers: [sim.url] }],
    database: { url: state.network.url, connectTimeoutMs: 1_000 },
    // Two cores may be shared by several test files: nothing here is about what happens when Redis is late.
    auth: { lookupTimeoutMs: 60_000 },
    redis: { urls: [await testRedisUrl()], keyPrefix: `${uniquePrefix()}:`, commandTimeoutMs: 60_000 },
    limits,
  };
  const [one, two] = await Promise.all([
    startGatewayProcess({ settings }),
    startGatewayProcess({ settings }),
  ]);
  return {
    ...state,
    one,
    two,
    sim,
    close: async () => {
      await Promise.all([one.stop(), two.stop()]);
      await sim.close();
      await state.close();
    },
  };
}
