// The day's pools and times as values of the chart, over its rehearsal preset.
import type { Values } from '../../cluster/harness/release.ts';
import { PLAYED_ENGINE, PLAYED_POOLS, type PlayedPool } from '../day/played-pools.ts';
import { PLAYED_STEPS, PLAYED_TIMES } from '../day/played-times.ts';

const { stepMs, thinkingTokens, answerTokens, shutdownMs } = PLAYED_ENGINE;
const ANSWER = [`--thinking-tokens=${thinkingTokens}`, `--answer-tokens=${answerTokens}`];
const secondsOf = (ms: number) => ms / 1_000;

export const RELEASE_VALUES: Values = {
  pools: PLAYED_POOLS.map(poolValues),
  workers: {
    autoscaling: {
      pollingSeconds: secondsOf(PLAYED_TIMES.pollMs),
      cooldownSeconds: secondsOf(PLAYED_TIMES.cooldownMs),
      scaleUp: stepValues(PLAYED_STEPS.scaleUp),
      scaleDown: stepValues(PLAYED_STEPS.scaleDown),
    },
    drain: { preStopSeconds: 1, timeoutSeconds: secondsOf(shutdownMs) },
  },
  gateway: { drain: { preStopSeconds: 1, timeoutSeconds: 60 } },
  scaler: { replicas: 1 },
  config: { workers: { warmUpMs: PLAYED_TIMES.warmUpMs } },
};

function poolValues(pool: PlayedPool): object {
  const { name, rope, windowTokens: window, minWorkers: min, maxWorkers: max } = pool;
  const { kvTokens, prefillTokensPerS, targetTokens, targetKvUsage } = pool;
  const sim = { kvTokens, prefillTokensPerSecond: prefillTokensPerS, stepMs };
  return {
    name,
    rope,
    window,
    replicas: { min, max },
    engine: { sim: { ...sim, startupDelayMs: PLAYED_TIMES.coldStartMs }, extraArgs: ANSWER },
    autoscaling: { targetTokens, targetKvUsage },
  };
}

function stepValues(step: (typeof PLAYED_STEPS)['scaleUp' | 'scaleDown']): object {
  const { pods, periodMs, stabilisationMs } = step;
  return {
    pods,
    periodSeconds: secondsOf(periodMs),
    stabilizationSeconds: secondsOf(stabilisationMs),
  };
}
