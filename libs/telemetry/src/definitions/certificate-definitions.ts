// When certificates begin and end.
import type { MetricDefinition } from './metric-definition.ts';

export const CERTIFICATE_DEFINITIONS = {
  certificateNotBefore: {
    name: 'ropeway_certificate_not_before_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a certificate begins to be valid, Unix time.',
    labels: ['certificate', 'pool', 'worker'],
    whenWrong: 'In the future: a clock is wrong.',
  },
  certificateNotAfter: {
    name: 'ropeway_certificate_not_after_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a certificate ends, Unix time: of a chain the one that ends first, of several authorities the one that ends last. `pool` and `worker` are `none` where it is of neither.',
    labels: ['certificate', 'pool', 'worker'],
    whenWrong: 'Less than a fifth of its life left: it is not renewed. runbooks/certificate-near-end.md.',
  },
} as const satisfies Record<string, MetricDefinition>;
