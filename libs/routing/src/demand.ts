// How much window a request may need: its prompt, counted exactly, and the output it may come to.
import type { Demand, RoutePolicy, RouteQuery } from './route.ts';

/** vLLM's default for `/v1/completions` without `max_tokens` (CompletionRequest.max_tokens = 16). */
const TEXT_OUTPUT_TOKENS = 16;

/** The demand as asked, before anything is clipped or reduced to the room that is left. */
export function askedDemand(query: RouteQuery, policy: RoutePolicy): Demand {
  const stated = query.statedOutput;
  if (stated) return demandOf(query.promptTokens, stated.tokens, stated.source);
  const assumedTokens = query.kind === 'text' ? TEXT_OUTPUT_TOKENS : policy.assumedOutputTokens;
  return demandOf(query.promptTokens, assumedTokens, 'assumed');
}

/** The demand when the output may have no more than what the prompt leaves of a window. */
export function demandWithin(windowTokens: number, asked: Demand): Demand {
  return demandOf(asked.promptTokens, windowTokens - asked.promptTokens, asked.outputBudgetSource);
}

/** The smallest window that takes the demand. An answer is at least one token, whatever budget was stated. */
export function neededWindow(demand: Demand): number {
  return Math.max(demand.tokens, promptWindow(demand));
}

/** The smallest window that takes the prompt and one token of answer; vLLM refuses a prompt that fills the window. */
export function promptWindow(demand: Demand): number {
  return demand.promptTokens + 1;
}

function demandOf(promptTokens: number, outputBudget: number, source: Demand['outputBudgetSource']): Demand {
  return { promptTokens, outputBudget, outputBudgetSource: source, tokens: promptTokens + outputBudget };
}
