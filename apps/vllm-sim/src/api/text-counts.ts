// What a text completion used: each prompt once, however many answers it got.
import type { GenerationRequest } from '../generation/generation-request.ts';
import type { Run } from '../generation/run.ts';
import type { Counts } from '../generation/usage.ts';

export function countsOf(run: Run, request: GenerationRequest): Counts {
  const first = run.choices.filter((choice) => choice.index % request.choices === 0);
  return {
    promptTokens: first.reduce((sum, choice) => sum + choice.promptIds.length, 0),
    completionTokens: run.choices.reduce((sum, choice) => sum + choice.completionTokens, 0),
    cachedTokens: run.cachedTokens(),
    reasoningTokens: 0,
  };
}
