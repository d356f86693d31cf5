// Pools as a whole: what they are declared to be, whether they are asked for, and how they wake.
import { ROUTE_LABELS } from './labels.ts';
import type { Buckets, MetricDefinition } from './metric-definition.ts';

const COLD_START_BUCKETS: Buckets = {
  because:
    'From a worker that only slept (seconds) over weights in the page cache (a minute) to a download (half an hour).',
  bounds: [1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600, 1200, 1800],
};

export const POOL_DEFINITIONS = {
  poolWindow: {
    name: 'ropeway_pool_window_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'The window of each pool as declared.',
    labels: ROUTE_LABELS,
    whenWrong: 'Differs between gateways: they run with different configurations.',
  },
  poolComing: {
    name: 'ropeway_pool_coming_pods',
    type: 'gauge',
    unit: 'count',
    help: 'Pods of the pool that are there, were not asked to end, and are not Ready.',
    labels: ['pool'],
    whenWrong:
      'Above 0 for longer than a cold start takes: /readyz says what keeps them, in the words of Kubernetes.',
  },
  poolStuck: {
    name: 'ropeway_pool_coming_stuck',
    type: 'gauge',
    unit: 'state',
    help: '1 while none of the pods on their way to the pool can start as things stand.',
    labels: ['pool'],
    whenWrong:
      'No node fits, the image cannot be pulled, the container crashes or its configuration is wrong: /readyz says which.',
  },
  outstandingTokens: {
    name: 'ropeway_pool_outstanding_prompt_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompt tokens that wait or are being computed, of requests that need this pool (spilled ones too): what scalers go by.',
    labels: ['pool'],
    whenWrong:
      'Above the target of the scaler for long: the pool is at its maximum, or new workers do not start.',
  },
  poolActivation: {
    name: 'ropeway_pool_activation',
    type: 'gauge',
    unit: 'state',
    help: '1 while a pool without a worker is in demand, whether or not whoever asked still waits.',
    labels: ['pool'],
    whenWrong:
      '1 for longer than cold starts take: nobody starts a worker. Is the scaler there, is the pool at its maximum, does a pod have an obstacle?',
  },
  poolActivationAge: {
    name: 'ropeway_pool_activation_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since a pool without a worker was first asked for; 0 for every other pool.',
    labels: ['pool'],
    whenWrong:
      'Above ropeway_waiting_max_seconds: whoever woke it got 503 by now, and no worker is there. runbooks/pool-does-not-wake.md.',
  },
  coldStart: {
    name: 'ropeway_pool_cold_start_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the first request for a pool without a worker to its first ready worker.',
    labels: ['pool'],
    buckets: COLD_START_BUCKETS,
    whenWrong:
      'Longer than waiting.maxWaitMs: who woke the pool gets 503. Image, weights and compile cache are the levers.',
  },
} as const satisfies Record<string, MetricDefinition>;
