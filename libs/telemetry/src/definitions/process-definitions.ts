// The process itself: its log, its loop, its memory, its version. Under the names that every program has, where there is one.
import type { MetricDefinition } from './metric-definition.ts';

export const PROCESS_DEFINITIONS = {
  logLinesDropped: {
    name: 'ropeway_log_lines_dropped_total',
    type: 'counter',
    unit: 'count',
    help: 'Log lines dropped because standard output took none for too long, or nobody reads it any more.',
    labels: [],
    whenWrong: 'Whatever reads our standard output is stuck or too slow.',
  },
  eventLoopLag: {
    name: 'ropeway_event_loop_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How late timers of the event loop fire, over the time since the last scrape.',
    labels: ['quantile'],
    whenWrong:
      'p99 above 20 ms delays every stream: one core is full (add replicas), or something blocks (long garbage collection, a huge body).',
  },
  eventLoopUtilization: {
    name: 'ropeway_event_loop_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the time since the last scrape the event loop was busy.',
    labels: [],
    whenWrong: 'Above 0.8: add replicas before latency grows.',
  },
  gcSeconds: {
    name: 'ropeway_gc_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time spent in garbage collection.',
    labels: ['kind'],
    whenWrong: 'A rising share of `major`: memory is short; raise the limit or look for a leak.',
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'User and system CPU time of the process.',
    labels: [],
    whenWrong: 'Near one core on the event loop: add replicas.',
  },
  residentBytes: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory of the process.',
    labels: [],
    whenWrong: 'Rising without end at steady load: a leak; take a heap snapshot.',
  },
  heapUsedBytes: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'JavaScript heap in use.',
    labels: [],
    whenWrong:
      'Near the heap limit: garbage collection takes over; raise --max-old-space-size or add replicas.',
  },
  externalBytes: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory outside the JavaScript heap: buffers of bodies and streams.',
    labels: [],
    whenWrong:
      'Rising with ropeway_body_bytes_in_flight: large bodies. Rising alone: streams whose clients do not read.',
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the process started, Unix time.',
    labels: [],
    whenWrong: 'Changes without a rollout: the process dies and is started again.',
  },
  buildInfo: {
    name: 'ropeway_build_info',
    type: 'gauge',
    unit: 'state',
    help: 'Always 1; its labels say what runs.',
    labels: ['version', 'node'],
    whenWrong: 'More than one version for long: a rollout is stuck.',
  },
} as const satisfies Record<string, MetricDefinition>;
