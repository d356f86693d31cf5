// The pools of the rehearsal: windows and rope as a deployment of QwQ-32B has them; engines that are faster than a card and
// hold less, so that a few requests a second fill them; cold starts of seconds where a card takes minutes.
import type { VllmSimOptions } from '#vllm-sim';
import { PLAYED_TIMES } from './played-times.ts';

export interface PlayedPool {
  readonly name: string;
  readonly rope: { readonly type: 'default' } | { readonly type: 'yarn'; readonly factor: 2 | 4 };
  readonly windowTokens: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Metadata of its trigger; see docs/scaling.md. */
  readonly targetTokens: number;
  readonly targetKvUsage: number;
  readonly kvTokens: number;
  readonly prefillTokensPerS: number;
}

export const PLAYED_POOLS: readonly PlayedPool[] = [
  {
    name: 'default',
    rope: { type: 'default' },
    windowTokens: 40_960,
    minWorkers: 1,
    maxWorkers: 4,
    targetTokens: 6_000,
    targetKvUsage: 0.8,
    kvTokens: 60_000,
    prefillTokensPerS: 12_000,
  },
  {
    name: 'yarn-2',
    rope: { type: 'yarn', factor: 2 },
    windowTokens: 65_536,
    minWorkers: 0,
    maxWorkers: 2,
    targetTokens: 60_000,
    targetKvUsage: 0.8,
    kvTokens: 140_000,
    prefillTokensPerS: 25_000,
  },
  {
    name: 'yarn-4',
    rope: { type: 'yarn', factor: 4 },
    windowTokens: 131_072,
    minWorkers: 0,
    maxWorkers: 3,
    targetTokens: 60_000,
    targetKvUsage: 0.8,
    kvTokens: 140_000,
    prefillTokensPerS: 25_000,
  },
];

/** The same in each pool. `shutdownMs`: vLLM's --shutdown-timeout, running answers finish after SIGTERM. */
export const PLAYED_ENGINE = {
  stepMs: 40,
  thinkingTokens: 15,
  answerTokens: 25,
  shutdownMs: 30_000,
} as const;

export function simOptions(pool: PlayedPool, seed: number): VllmSimOptions {
  const { stepMs, thinkingTokens, answerTokens, shutdownMs } = PLAYED_ENGINE;
  return {
    servedNames: ['QwQ-32B'],
    windowTokens: pool.windowTokens,
    rope: pool.rope,
    seed,
    startupDelayMs: PLAYED_TIMES.coldStartMs,
    shutdownTimeoutMs: shutdownMs,
    answer: { kind: 'prose', thinkingTokens, answerTokens },
    engine: { kvTokens: pool.kvTokens, prefillTokensPerS: pool.prefillTokensPerS, stepMs },
  };
}

/** What a request of so many tokens must go to. */
export function poolFor(demandTokens: number): string {
  return PLAYED_POOLS.find(({ windowTokens }) => windowTokens >= demandTokens)?.name ?? 'none';
}
