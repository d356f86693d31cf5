// KV tokens a request may come to hold: all its prompts, and for each answer the output it may need.
import type { Demand } from '#routing';
import type { Measured } from './measure.ts';

export function kvTokens({ chargedTokens, answers }: Measured, { outputBudget }: Demand): number {
  return chargedTokens + outputBudget * answers;
}
