// How many tokens, what they were for, and whether we count them as the workers do.
import { ROUTE_LABELS } from './labels.ts';
import type { Buckets, MetricDefinition } from './metric-definition.ts';

const DEMAND_BUCKETS: Buckets = {
  because:
    'The windows of the QwQ pools are bounds, so that "how many requests need more than 40,960" can be read off.',
  bounds: [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 40_960, 65_536, 98_304, 131_072],
};
const HEADROOM_BUCKETS: Buckets = {
  because: '0 and below: the prompt alone decided.',
  bounds: [0, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072],
};

export const TOKEN_DEFINITIONS = {
  promptTokens: {
    name: 'ropeway_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Prompt tokens, by our own count, of requests that were sent to a worker.',
    labels: ROUTE_LABELS,
    whenWrong: 'A jump without more requests means longer prompts: look at ropeway_demand_tokens.',
  },
  completionTokens: {
    name: 'ropeway_completion_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens generated, as far as they are known (an answer cut by its client counts what came).',
    labels: ROUTE_LABELS,
    whenWrong:
      'Falling while requests do not: workers are slow (ropeway_inter_token_seconds) or callers leave (outcome client_closed).',
  },
  reasoningTokens: {
    name: 'ropeway_reasoning_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens of thinking among the tokens generated: our own count, where reasoning turned to content (streams only).',
    labels: ROUTE_LABELS,
    whenWrong:
      'Close to all completion tokens: answers end inside their thinking. Look at finish_reason `length` in the log: output budgets are too small.',
  },
  cachedTokens: {
    name: 'ropeway_cached_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: "Prompt tokens the worker found in its prefix cache, where it says so (vLLM's --enable-prompt-tokens-details).",
    labels: ROUTE_LABELS,
    whenWrong:
      'Zero: the flag is not set, or prefix caching is off. Falling: more workers than conversations stay on, or KV memory is short.',
  },
  demand: {
    name: 'ropeway_demand_tokens',
    type: 'histogram',
    unit: 'tokens',
    help: 'Prompt tokens plus output budget of each measured request, refused ones too.',
    labels: ['model'],
    buckets: DEMAND_BUCKETS,
    whenWrong:
      'Weight above 40,960 without long prompts: callers state large max_tokens, or the assumed output is too large.',
  },
  headroom: {
    name: 'ropeway_window_headroom_tokens',
    type: 'histogram',
    unit: 'tokens',
    help: "The chosen pool's window less the demand. At or below 0 the prompt alone decided.",
    labels: ROUTE_LABELS,
    buckets: HEADROOM_BUCKETS,
    whenWrong:
      'Much weight at 0: the largest window is too small for the assumed output; answers may end with finish_reason `length`.',
  },
  promptCountDifferences: {
    name: 'ropeway_prompt_count_differences_total',
    type: 'counter',
    unit: 'count',
    help: 'Answers whose worker reported another number of prompt tokens than we counted. The target is 0.',
    labels: ['model', 'pool'],
    whenWrong:
      'The worker renders or tokenizes otherwise than its profile says: compare vLLM version, chat template and tokenizer.json with the configuration.',
  },
  tokenizerMismatches: {
    name: 'ropeway_tokenizer_mismatches_total',
    type: 'counter',
    unit: 'count',
    help: 'Looks at a worker that found it counts the sample prompts otherwise than we do.',
    labels: ['pool'],
    whenWrong:
      'The worker is quarantined with this reason: it has another tokenizer, template or front end than the profile.',
  },
} as const satisfies Record<string, MetricDefinition>;
