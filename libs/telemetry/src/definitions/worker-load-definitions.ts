// What a worker has to do: our own counters, and how old its own are.
import { WORKER_LABELS } from './labels.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const WORKER_LOAD_DEFINITIONS = {
  workerRequests: {
    name: 'ropeway_worker_requests',
    type: 'gauge',
    unit: 'count',
    help: 'Requests this gateway has on the worker.',
    labels: WORKER_LABELS,
    whenWrong: 'Far apart within a pool: one worker is slow, or long prompts stick to it.',
  },
  workerQueuedTokens: {
    name: 'ropeway_worker_queued_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Uncached prompt tokens this gateway sent to the worker that wait for their first token.',
    labels: WORKER_LABELS,
    whenWrong: 'At the full mark (fullQueuedTokens) for long: prefill is the bottleneck, add workers.',
  },
  workerKvUsed: {
    name: 'ropeway_worker_kv_used_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'KV tokens this gateway believes in use on the worker.',
    labels: WORKER_LABELS,
    whenWrong: 'Near ropeway_worker_kv_capacity_tokens: the engine will preempt; add workers.',
  },
  workerKvCapacity: {
    name: 'ropeway_worker_kv_capacity_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'KV tokens the worker holds.',
    labels: WORKER_LABELS,
    whenWrong:
      'Smaller than its siblings: another GPU, another memory share, or it does not say and the configured value is wrong.',
  },
  workerScrapeAge: {
    name: 'ropeway_worker_scrape_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: "Age of the worker's own metrics as the gateway last read them; absent until it read them once.",
    labels: WORKER_LABELS,
    whenWrong:
      'Above a few seconds: /metrics of the worker does not answer; placement goes by our own counters alone.',
  },
} as const satisfies Record<string, MetricDefinition>;
