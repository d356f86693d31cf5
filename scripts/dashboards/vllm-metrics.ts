// vLLM's own metrics that the boards ask for, pinned. Names, labels and types as vLLM 0.33 writes them
// (vllm/v1/metrics/loggers.py) and as a server of it answered: test/fixtures/vllm-golden/v033/metrics.txt, which a test
// compares. What vLLM renames goes empty on a board without a word, so a new version of it is looked at here first.

export interface VllmMetric {
  readonly name: `vllm:${string}`;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

/** On every one: which model, which engine of the server, and the pool, which the PodMonitor adds. */
const every = ['model_name', 'engine', 'pool'] as const;

export const VLLM = {
  running: { name: 'vllm:num_requests_running', type: 'gauge', labels: every },
  waiting: {
    name: 'vllm:num_requests_waiting_by_reason',
    type: 'gauge',
    labels: [...every, 'reason'],
  },
  kvUsage: { name: 'vllm:kv_cache_usage_perc', type: 'gauge', labels: every },
  sleepState: { name: 'vllm:engine_sleep_state', type: 'gauge', labels: [...every, 'sleep_state'] },
  preemptions: { name: 'vllm:num_preemptions_total', type: 'counter', labels: every },
  promptTokens: { name: 'vllm:prompt_tokens_total', type: 'counter', labels: every },
  promptTokensBySource: {
    name: 'vllm:prompt_tokens_by_source_total',
    type: 'counter',
    labels: [...every, 'source'],
  },
  generationTokens: { name: 'vllm:generation_tokens_total', type: 'counter', labels: every },
  prefixQueries: { name: 'vllm:prefix_cache_queries_total', type: 'counter', labels: every },
  prefixHits: { name: 'vllm:prefix_cache_hits_total', type: 'counter', labels: every },
  finished: {
    name: 'vllm:request_success_total',
    type: 'counter',
    labels: [...every, 'finished_reason'],
  },
  /** The one without an engine. */
  rejections: {
    name: 'vllm:admission_rejections_total',
    type: 'counter',
    labels: ['model_name', 'pool', 'reason'],
  },
  firstToken: { name: 'vllm:time_to_first_token_seconds', type: 'histogram', labels: every },
  interToken: { name: 'vllm:inter_token_latency_seconds', type: 'histogram', labels: every },
  wholeRequest: { name: 'vllm:e2e_request_latency_seconds', type: 'histogram', labels: every },
  queue: { name: 'vllm:request_queue_time_seconds', type: 'histogram', labels: every },
  prefill: { name: 'vllm:request_prefill_time_seconds', type: 'histogram', labels: every },
  stepTokens: { name: 'vllm:iteration_tokens_total', type: 'histogram', labels: every },
} as const satisfies Record<string, VllmMetric>;
