// The three simulated pools of the quickstart: what QwQ-32B would run as, without a GPU.
import type { VllmSimOptions } from '#vllm-sim';

interface SimulatedPool {
  readonly name: string;
  readonly rope: { readonly type: 'default' } | { readonly type: 'yarn'; readonly factor: 2 | 4 };
  readonly windowTokens: number;
  readonly workers: number;
}

/** Windows as Qwen advises: 32,768 output + 8,192 prompt without scaling; trained positions x factor with it. */
export const SIMULATED_POOLS: readonly SimulatedPool[] = [
  { name: 'default', rope: { type: 'default' }, windowTokens: 40_960, workers: 2 },
  { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, windowTokens: 65_536, workers: 1 },
  { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, windowTokens: 131_072, workers: 1 },
];

/** Faster than a card, so that the first look does not take half a minute: 90,000 tokens prefill in about 5 s. */
const ENGINE = { prefillTokensPerS: 20_000, stepMs: 20 };

export function simOptions(pool: SimulatedPool, seed: number): VllmSimOptions {
  return { servedNames: ['QwQ-32B'], windowTokens: pool.windowTokens, rope: pool.rope, seed, engine: ENGINE };
}
