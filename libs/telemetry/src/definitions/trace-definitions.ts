// Traces that were sent, and those that were not.
import type { MetricDefinition } from './metric-definition.ts';

export const TRACE_DEFINITIONS = {
  traceSpans: {
    name: 'ropeway_trace_spans_total',
    type: 'counter',
    unit: 'count',
    help: 'Spans by what became of them: taken by the collector, or lost with a failed export. Absent while traces are off.',
    labels: ['result'],
    whenWrong:
      '`lost` grows: the collector at tracing.url is away or refuses; the log has its answer. Requests are not affected.',
  },
  tracesDropped: {
    name: 'ropeway_traces_dropped_total',
    type: 'counter',
    unit: 'count',
    help: 'Sampled requests that left no trace because tracing.maxQueuedSpans waited for the collector. Absent while traces are off.',
    labels: [],
    whenWrong: 'The collector is slower than the spans come: lower tracing.ratio, or give it more.',
  },
} as const satisfies Record<string, MetricDefinition>;
