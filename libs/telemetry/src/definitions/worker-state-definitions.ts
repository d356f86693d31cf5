// Whether a worker takes work, and if not, why.
import { WORKER_LABELS } from './labels.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const WORKER_STATE_DEFINITIONS = {
  workerState: {
    name: 'ropeway_worker_state',
    type: 'gauge',
    unit: 'state',
    help: '1 for the state a worker is in, 0 for the others.',
    labels: [...WORKER_LABELS, 'state'],
    whenWrong:
      '`quarantined`: it serves something else than its pool declares; the log and /readyz say what. `down`: it does not answer, or its pod is not Ready.',
  },
  workerQuarantine: {
    name: 'ropeway_worker_quarantine',
    type: 'gauge',
    unit: 'state',
    help: '1 for what a quarantined worker is quarantined for; absent for the others.',
    labels: [...WORKER_LABELS, 'cause'],
    whenWrong:
      '`window`, `served-name`, `labels`: its pool is declared otherwise than vLLM was started. `tokenizer`: runbooks/tokenizer-mismatch.md. `key`: the apiKey of the pool. `asleep`: vLLM sleep mode. `unlike-vllm`: the URL. `address`: two pods at one address. The sentence is in /readyz.',
  },
  breakerState: {
    name: 'ropeway_worker_breaker_state',
    type: 'gauge',
    unit: 'state',
    help: "1 for the state a worker's circuit breaker is in, 0 for the others.",
    labels: [...WORKER_LABELS, 'state'],
    whenWrong:
      '`open`: the worker failed several requests in a row; look at its own log. It is tried again by itself.',
  },
  workerShare: {
    name: 'ropeway_worker_share_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'The part of its share of work a worker gets; below 1 while it is just back.',
    labels: WORKER_LABELS,
    whenWrong: 'Stays below 1: the worker keeps going away and coming back.',
  },
  workerRefusing: {
    name: 'ropeway_worker_refusing',
    type: 'gauge',
    unit: 'state',
    help: '1 when the worker said within the last second that its queue is full.',
    labels: WORKER_LABELS,
    whenWrong: "The worker's own queue bound is below what the gateway sends: raise it, or add workers.",
  },
  workerStalled: {
    name: 'ropeway_worker_stalled',
    type: 'gauge',
    unit: 'state',
    help: '1 when the worker accepts work and makes no progress.',
    labels: WORKER_LABELS,
    whenWrong: 'The engine hangs although it says it is healthy: restart it.',
  },
} as const satisfies Record<string, MetricDefinition>;
