// How long requests take, and where. How each is taken is said at the end of docs/metrics.md.
import { ROUTE_LABELS } from './labels.ts';
import type { Buckets, MetricDefinition } from './metric-definition.ts';

const FIRST_TOKEN_BUCKETS: Buckets = {
  because:
    'From a cached short prompt on an idle worker to a 131,072-token prefill behind a queue (tens of seconds).',
  bounds: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
};
const INTER_TOKEN_BUCKETS: Buckets = {
  because:
    'A 32B model on H100s decodes at 20 to 60 ms a token; below is a small model, above a full batch or preemption.',
  bounds: [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.25, 0.5, 1],
};
const ANSWER_BUCKETS: Buckets = {
  because: 'A thinking model writes thousands of tokens: minutes are usual, the total time-out is 2 h.',
  bounds: [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 7200],
};
const QUEUE_BUCKETS: Buckets = {
  because: 'Waiting for room, from none to the point where callers give up.',
  bounds: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
};
const OVERHEAD_BUCKETS: Buckets = {
  because: 'The target is 0.2 ms for a short prompt and 40 ms for a cold 100,000-token one.',
  bounds: [0.0001, 0.0002, 0.0004, 0.0008, 0.0016, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.25, 1],
};
const TOKENIZER_BUCKETS: Buckets = {
  because: 'From a cached chat (microseconds) to 600 KB of fresh text (up to 500 ms).',
  bounds: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
};
const BODY_READ_BUCKETS: Buckets = {
  because: "Bodies come from callers' networks; the body time-out ends the slowest.",
  bounds: [0.0001, 0.001, 0.01, 0.1, 1, 10, 60],
};

export const TIME_DEFINITIONS = {
  firstToken: {
    name: 'ropeway_time_to_first_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the arrival of the request to its first token, waiting and retries included. Streams only. Objectives leave out what is `cold`: it waited for a pool that slept.',
    labels: [...ROUTE_LABELS, 'prompt_length', 'cold'],
    buckets: FIRST_TOKEN_BUCKETS,
    whenWrong:
      'Subtract ropeway_queue_seconds: if that is large, add workers; if not, prefill is slow (long prompts, cold prefix caches).',
  },
  interToken: {
    name: 'ropeway_inter_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Mean time between two tokens of one answer: (last - first) / (tokens - 1). Completed streams of two tokens or more.',
    labels: ROUTE_LABELS,
    buckets: INTER_TOKEN_BUCKETS,
    whenWrong:
      'Too many requests share a batch, or prefills interrupt decoding: look at ropeway_worker_requests and at the engine.',
  },
  duration: {
    name: 'ropeway_request_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the arrival of the request to its end. Completed chat and text requests.',
    labels: ROUTE_LABELS,
    buckets: ANSWER_BUCKETS,
    whenWrong: 'Dominated by the length of answers: compare with completion tokens before you call it slow.',
  },
  queue: {
    name: 'ropeway_queue_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time a request waited in the gateway for room on a worker: 0 for those that did not wait, and those that waited in vain too.',
    labels: ROUTE_LABELS,
    buckets: QUEUE_BUCKETS,
    whenWrong:
      'The pool is full: add workers, or look at ropeway_worker_state for those that do not take work.',
  },
  overhead: {
    name: 'ropeway_gateway_overhead_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: "Time a completed request spent in the gateway itself: total, less reading the body, less waiting for room, less its workers' time.",
    labels: ROUTE_LABELS,
    buckets: OVERHEAD_BUCKETS,
    whenWrong:
      'Look at ropeway_event_loop_lag_seconds (one core is full: add replicas), then at ropeway_tokenizer_seconds (long cold prompts).',
  },
  tokenizer: {
    name: 'ropeway_tokenizer_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Rendering and counting a prompt, waiting for a counting thread included.',
    labels: ['prompt_length'],
    buckets: TOKENIZER_BUCKETS,
    whenWrong:
      'Slow for short prompts: the event loop is full. Slow for long ones: too few counting threads, or no history in the cache.',
  },
  bodyRead: {
    name: 'ropeway_body_read_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: "Reading the request body: the caller's network, not the gateway.",
    labels: [],
    buckets: BODY_READ_BUCKETS,
    whenWrong: 'Slow callers or a slow balancer in front; many near the body time-out may be an attack.',
  },
} as const satisfies Record<string, MetricDefinition>;
