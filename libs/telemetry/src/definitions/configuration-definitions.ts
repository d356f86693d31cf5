// Whether the configuration that was last written is in force.
import type { MetricDefinition } from './metric-definition.ts';

export const CONFIGURATION_DEFINITIONS = {
  configReloads: {
    name: 'ropeway_config_reloads_total',
    type: 'counter',
    unit: 'count',
    help: 'Configurations read while running, by what became of them.',
    labels: ['result'],
    whenWrong: '`refused`: the file is wrong and the old configuration stays; the log lists every problem.',
  },
  configRefused: {
    name: 'ropeway_config_refused',
    type: 'gauge',
    unit: 'state',
    help: '1 while the configuration as it was last read is refused, and an older one is in force.',
    labels: [],
    whenWrong: 'The log lists every problem of it. A restart would fail on it.',
  },
  configApplied: {
    name: 'ropeway_config_applied_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the configuration in force was applied, Unix time.',
    labels: [],
    whenWrong: 'Older than your last change: the reload did not happen or was refused.',
  },
} as const satisfies Record<string, MetricDefinition>;
