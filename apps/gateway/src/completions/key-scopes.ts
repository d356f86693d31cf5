// What a key may not do, held against the request once it is parsed and counted.
import { type CompletionRequest, type CountedRequest, Fault } from '#protocol';
import type { Dispatch, RouteScope } from '#routing';
import type { Caller } from '#tenancy';
import type { Measured } from './measure.ts';

/** null: the key may use every pool, as most may. */
export function routeScope({ scopes: { pools, maxWindowTokens } }: Caller): RouteScope | null {
  return pools === null && maxWindowTokens === null ? null : { pools, maxWindowTokens };
}

/** Throws 403 for a prompt or a stated output above what the key may ask for. */
export function refuseOutOfScope(request: CompletionRequest, measured: Measured, caller: Caller): void {
  const refusal = beyondKey(request, measured, caller);
  if (refusal) throw refusal;
}

/** That 403, for who tells it instead; null: the key may ask for so much. */
export function beyondKey(request: CompletionRequest, measured: Measured, { scopes }: Caller): Fault | null {
  const { maxPromptTokens, maxOutputTokens } = scopes;
  if (maxPromptTokens !== null && measured.promptTokens > maxPromptTokens) {
    return new Fault('key_not_allowed', {
      message: `The prompt has ${measured.promptTokens} tokens; this API key may send at most ${maxPromptTokens}.`,
      param: request.kind === 'chat' ? 'messages' : 'prompt',
    });
  }
  const stated = request.statedOutput;
  if (maxOutputTokens !== null && stated && stated.tokens > maxOutputTokens) {
    return new Fault('key_not_allowed', {
      message: `${stated.source} is ${stated.tokens}; this API key may ask for at most ${maxOutputTokens}.`,
      param: stated.source,
    });
  }
  return null;
}

/** vLLM's own default for /v1/completions; a cap above it changes nothing. */
const TEXT_OUTPUT_TOKENS = 16;

/** Output the worker must be told: a clipped one, or the most there may be where the request states none; null = nothing. */
export function outputTold(
  { held: { request }, measured, maxOutput }: Capped,
  { clippedOutput, pool }: Dispatch,
): number | null {
  if (clippedOutput !== null || request.statedOutput !== null) return clippedOutput;
  const mostTokens = request.kind === 'chat' ? maxOutput : textOutput(request, maxOutput);
  // vLLM refuses an output that does not fit beside the prompt.
  return mostTokens === null ? null : Math.min(mostTokens, pool.windowTokens - measured.promptTokens);
}

/**
 * null leaves a text to vLLM's default. That is for an absent field only: a null in its place is the rest of the window there
 * (CompletionRequest.max_tokens, get_max_tokens), where OpenAI's API and everything counted here take it for 16.
 */
function textOutput({ body }: Unstated, maxOutput: number | null): number | null {
  if (maxOutput !== null && maxOutput < TEXT_OUTPUT_TOKENS) return maxOutput;
  return body.has('max_tokens') ? TEXT_OUTPUT_TOKENS : null;
}

type Unstated = Pick<CountedRequest, 'kind' | 'statedOutput' | 'body'>;

interface Capped {
  readonly held: { readonly request: Unstated };
  readonly measured: Measured;
  readonly maxOutput: number | null;
}
