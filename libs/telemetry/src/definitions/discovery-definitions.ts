// Finding pods: whether the API server is heard, and what it said that is of no use.
import type { MetricDefinition } from './metric-definition.ts';

export const DISCOVERY_DEFINITIONS = {
  discoverySynced: {
    name: 'ropeway_discovery_synced',
    type: 'gauge',
    unit: 'state',
    help: '1 once every list of the API server was read; absent where the configuration names the workers.',
    labels: [],
    whenWrong:
      '0: the gateway has found no workers yet and is not ready. /readyz says why: the address, the credentials, or a right that is not granted.',
  },
  discoveryAge: {
    name: 'ropeway_discovery_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the API server last said something on this watch, were it that nothing changed.',
    labels: ['resource'],
    whenWrong:
      'Above 120 s: the API server is away or hangs. The last table holds, workers that die are found by the gateway itself, new ones are not.',
  },
  discoveryLists: {
    name: 'ropeway_discovery_lists_total',
    type: 'counter',
    unit: 'count',
    help: 'Whole lists read, by why: at the start, after a watch that expired, was silent or could not be read.',
    labels: ['resource', 'cause'],
    whenWrong:
      '`expired` and `failed` all the time: the API server restarts, or something between cuts its answers. `silent` in an idle cluster is expected.',
  },
  discoveryFailures: {
    name: 'ropeway_discovery_failures_total',
    type: 'counter',
    unit: 'count',
    help: 'Questions to the API server that failed, by cause; each is tried again after a pause.',
    labels: ['resource', 'cause'],
    whenWrong:
      '`forbidden`: the service account lacks list or watch on this resource. `unauthorized`: its token. The others: the API server or the way to it.',
  },
  discoveryIgnored: {
    name: 'ropeway_discovery_ignored_pods',
    type: 'gauge',
    unit: 'count',
    help: 'Pods that match and belong to no configured pool.',
    labels: [],
    whenWrong: '/readyz names each, and what to change: a label, the selector, or the configured pools.',
  },
} as const satisfies Record<string, MetricDefinition>;
