// The scaler: whom it hears, and what it tells KEDA.
import type { MetricDefinition } from './metric-definition.ts';

export const SCALER_DEFINITIONS = {
  scalerGateways: {
    name: 'ropeway_scaler_gateways',
    type: 'gauge',
    unit: 'count',
    help: 'Gateways as this scaler sees them: answering; silent, and counted with their last answer; silent for too long, and skipped; not heard yet, and waited for.',
    labels: ['state'],
    whenWrong:
      '`skipped`: demand of that gateway is not counted; can the scaler reach its ops port (NetworkPolicy)? None at all: no pod has the labels of `scaler.gateways.selector`, or none is Ready.',
  },
  scalerPolls: {
    name: 'ropeway_scaler_gateway_polls_total',
    type: 'counter',
    unit: 'count',
    help: "The scaler's questions to gateways, by what came back.",
    labels: ['answer'],
    whenWrong:
      '`unreachable` or `late`: the network, or a gateway whose event loop is held. `refused` or `unreadable`: something else listens there, or a gateway of another version; the log quotes it.',
  },
  scalerWhole: {
    name: 'ropeway_scaler_whole',
    type: 'gauge',
    unit: 'state',
    help: '1 while what the scaler knows covers every Ready gateway. At 0 it answers UNAVAILABLE, and KEDA leaves replicas as they are.',
    labels: [],
    whenWrong:
      '0 for long: no pool is scaled, and none wakes. Look at ropeway_scaler_gateways and at the log.',
  },
  scalerDemand: {
    name: 'ropeway_scaler_demand_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompt tokens of requests that need the pool and have no first token yet, over all gateways. KEDA is told it, but no more than the target of its trigger for each request: a prompt is computed by one worker. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong:
      'High for long: the pool is at its maximum, its workers do not start, or KEDA does not ask (ropeway_scaler_keda_streams, ropeway_scaler_answers_total).',
  },
  scalerKvUsage: {
    name: 'ropeway_scaler_kv_usage_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'KV cache in use, added up over the workers of the pool, 1 for each full one: what KEDA is told. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong: 'Near the number of workers: they preempt; raise the maximum of the pool.',
  },
  scalerActive: {
    name: 'ropeway_scaler_pool_active',
    type: 'gauge',
    unit: 'state',
    help: '1 while something waits for the pool, runs on it or wakes it; at 0 KEDA takes it to zero when the cool-down is over. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong: '1 without requests: an activation lease is alive (waiting.activationMs), or a gateway hangs.',
  },
  scalerStreams: {
    name: 'ropeway_scaler_keda_streams',
    type: 'gauge',
    unit: 'count',
    help: 'Streams KEDA holds open at this replica to be told at once that a pool is needed. Each is held at one of the replicas.',
    labels: ['pool'],
    whenWrong:
      'The sum over the replicas is 0: a sleeping pool wakes only when KEDA polls. Is KEDA up, does its NetworkPolicy let it out, is the trigger `external-push`?',
  },
  scalerAnswers: {
    name: 'ropeway_scaler_answers_total',
    type: 'counter',
    unit: 'count',
    help: 'Calls of KEDA that were answered, by method and gRPC status. A stream counts when it ends.',
    labels: ['method', 'status'],
    whenWrong:
      '`NOT_FOUND` and `INVALID_ARGUMENT`: the metadata of a trigger is wrong; our log names the ScaledObject and says what to change. `UNAVAILABLE`: see ropeway_scaler_whole.',
  },
} as const satisfies Record<string, MetricDefinition>;
