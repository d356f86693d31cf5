// What became of requests, and what is under way.
import { ROUTE_LABELS } from './labels.ts';
import type { MetricDefinition } from './metric-definition.ts';

export const REQUEST_DEFINITIONS = {
  requests: {
    name: 'ropeway_requests_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that ended, by how they ended. A request counts once, whatever its number of attempts.',
    labels: ['endpoint', ...ROUTE_LABELS, 'outcome'],
    whenWrong:
      'A share of `failed` above the error budget: look at ropeway_faults_total by owner, then at the workers it names. A drop to nothing: is the gateway ready, does the balancer reach it?',
  },
  faults: {
    name: 'ropeway_faults_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests refused or failed, by fault code and by who has to act.',
    labels: ['code', 'owner'],
    whenWrong:
      'Look the code up in faults.md: it names the cause and what to check. The owner says whom to call.',
  },
  routeDecisions: {
    name: 'ropeway_route_decisions_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests given a pool, by prompt length, rope and reason.',
    labels: ['prompt_length', 'rope', 'reason'],
    whenWrong:
      'Short prompts on a yarn rope cost answer quality: `output-budget` means callers state large max_tokens, `spill` that the default pool lacks workers, `pinned` that callers ask for it.',
  },
  spills: {
    name: 'ropeway_spills_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests sent to a larger rope than they need because the fitting pool stayed full; by the pool they went to.',
    labels: ['model', 'pool'],
    whenWrong:
      'The smaller pool is too small for its load: add workers to it, or raise spill.afterMs if waiting is better than YaRN.',
  },
  retries: {
    name: 'ropeway_retries_total',
    type: 'counter',
    unit: 'count',
    help: 'Attempts beyond the first, by the pool of the last attempt.',
    labels: ['model', 'pool'],
    whenWrong:
      'Workers refuse, fail or restart: look at ropeway_worker_state and the log lines with attempts above 1.',
  },
  inFlight: {
    name: 'ropeway_requests_in_flight',
    type: 'gauge',
    unit: 'count',
    help: 'Requests begun and not ended.',
    labels: [],
    whenWrong: 'Rising without end while requests do not: workers stall or callers do not read.',
  },
  waiting: {
    name: 'ropeway_requests_waiting',
    type: 'gauge',
    unit: 'count',
    help: 'Requests waiting for room on a worker.',
    labels: [],
    whenWrong: 'Above 0 for long: the fitting pools are full or have no ready worker.',
  },
  streams: {
    name: 'ropeway_streams_open',
    type: 'gauge',
    unit: 'count',
    help: 'Streamed answers begun and not ended.',
    labels: [],
    whenWrong: 'Does not fall during drain: long answers are still running; the drain limit ends them.',
  },
  bodyBytes: {
    name: 'ropeway_body_bytes_in_flight',
    type: 'gauge',
    unit: 'bytes',
    help: 'Request-body bytes held in memory.',
    labels: [],
    whenWrong: 'Near its bound requests are refused with gateway_busy: add replicas or memory.',
  },
} as const satisfies Record<string, MetricDefinition>;
