// The faults routing can answer with. Lengths are told in vLLM's wording (vllm/renderers, 0.32), because clients
// parse it, but with the true counts (vLLM stops counting at window + 1) and the largest window of the model.
import { Fault } from '#protocol';
import type { PoolView } from '#workers';
import type { Demand, RouteQuery } from './route.ts';

/** The prompt alone leaves no token of room in the largest window. */
export function promptTooLong(query: RouteQuery, demand: Demand, windowTokens: number): Fault {
  return new Fault('context_length_exceeded', {
    message:
      `This model's maximum context length is ${windowTokens} tokens. However, your prompt contains ` +
      `${demand.promptTokens} input tokens, which exceeds this limit even without any output tokens. ` +
      'Please reduce the length of the input prompt.',
    param: query.kind === 'chat' ? 'messages' : 'prompt',
  });
}

/** The prompt fits, the output it states does not fit beside it in any window. */
export function outputTooLong(query: RouteQuery, demand: Demand, windowTokens: number): Fault {
  return new Fault('context_length_exceeded', {
    message:
      `This model's maximum context length is ${windowTokens} tokens. However, you requested ` +
      `${demand.outputBudget} output tokens and your prompt contains ${demand.promptTokens} input tokens, ` +
      `for a total of ${demand.tokens} tokens. Please reduce the length of the input prompt or the number of ` +
      'requested output tokens.',
    param: query.statedOutput?.source ?? null,
  });
}

/** `pools`: those the caller may hear of; all of the model for a key without a scope. */
export function poolNotFound(query: RouteQuery, pools: readonly PoolView[]): Fault {
  const whose = query.scope === null ? 'Its pools are' : 'This API key may use';
  return new Fault('pool_not_found', {
    message: `Model ${query.model} has no pool "${query.pinnedPool}". ${whose}: ${listed(pools) || 'none'}.`,
    param: PIN_HEADER,
  });
}

/** `fitting`: the pools that would take the request and that the caller may hear of; none only for a key with a scope. */
export function pinnedTooSmall(pool: PoolView, demand: Demand, fitting: readonly PoolView[]): Fault {
  const wayOut =
    fitting.length > 0
      ? `${listed(fitting)}. Leave the pool to the gateway, or ask for less.`
      : `none of the pools this API key may use. ${WITHIN_KEY}`;
  return new Fault('pool_too_small', {
    message:
      `Pool "${pool.name}" has a window of ${pool.windowTokens} tokens, and the request needs ` +
      `${demand.tokens}: ${demand.promptTokens} of prompt and ${demand.outputBudget} of output ` +
      `(${demand.outputBudgetSource}). It would fit: ${wayOut}`,
    param: PIN_HEADER,
  });
}

/** `allowed`: the pools the key may use, and all it may hear of; others would take the request. */
export function outOfScope(demand: Demand, allowed: readonly PoolView[]): Fault {
  return new Fault('key_not_allowed', {
    message:
      `The request needs ${demand.tokens} tokens (${demand.promptTokens} of prompt, ${demand.outputBudget} of output) ` +
      `and would go to a pool that this API key may not use. It may use: ${listed(allowed) || 'none'}. ` +
      WITHIN_KEY,
  });
}

/** The model is configured, but no pool serves it. */
export function noPool(query: RouteQuery): Fault {
  return new Fault('pool_unavailable', { message: `No pool serves the model ${query.model} at present.` });
}

const PIN_HEADER = 'x-ropeway-pool';
const WITHIN_KEY = 'Ask for less output, shorten the prompt, or ask your platform team for a wider key.';

function listed(pools: readonly PoolView[]): string {
  return pools.map((pool) => `${pool.name} (${pool.windowTokens})`).join(', ');
}
