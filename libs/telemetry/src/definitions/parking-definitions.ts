// What waits for room, against the bounds of `waiting`.
import type { MetricDefinition } from './metric-definition.ts';

export const PARKING_DEFINITIONS = {
  parkedRequests: {
    name: 'ropeway_parked_requests',
    type: 'gauge',
    unit: 'count',
    help: 'Requests waiting for room, by the smallest pool that fits them.',
    labels: ['pool'],
    whenWrong:
      'Above 0 for long: does the pool have a ready worker (ropeway_worker_state)? If it sleeps, ropeway_pool_activation must be 1 and its scaler must see it.',
  },
  parkedTokens: {
    name: 'ropeway_parked_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompts and output budgets of the waiting requests, by pool; all pools together are bounded by waiting.maxTokens.',
    labels: ['pool'],
    whenWrong: 'Near waiting.maxTokens requests are refused: add workers, or let more wait.',
  },
  parkedBytes: {
    name: 'ropeway_parked_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bodies of the waiting requests, by pool; all pools together are bounded by waiting.maxBytes.',
    labels: ['pool'],
    whenWrong: 'Near waiting.maxBytes requests are refused: add workers, or memory and a larger bound.',
  },
  parkedOldest: {
    name: 'ropeway_parked_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the oldest waiting request of a pool has waited; 0 where none waits.',
    labels: ['pool'],
    whenWrong:
      'Near waiting.maxWaitMs callers get 503. A pool that wakes takes ropeway_pool_cold_start_seconds.',
  },
  parkingRefusals: {
    name: 'ropeway_parking_refusals_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that got 503 instead of (more) waiting, by what ended it.',
    labels: ['pool', 'bound'],
    whenWrong:
      '`time`: the pool wakes or serves too slowly. `obstacle`: no worker can start, the answer and the log say why. `tenant`: one tenant has waiting what one may (waiting.maxTenantShare), the others find room. Else more waits than the bounds of `waiting` allow.',
  },
  waitingMax: {
    name: 'ropeway_waiting_max_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'waiting.maxWaitMs: a request that waits longer gets 503.',
    labels: [],
    whenWrong: 'Below what a cold start takes where pools sleep: whoever wakes one gets 503.',
  },
} as const satisfies Record<string, MetricDefinition>;
