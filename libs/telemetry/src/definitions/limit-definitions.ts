// Counting limits together with other gateways, and alone while Redis is away.
import type { MetricDefinition } from './metric-definition.ts';

export const LIMIT_DEFINITIONS = {
  limiterLocal: {
    name: 'ropeway_limits_local',
    type: 'gauge',
    unit: 'state',
    help: '1 while Redis is away and this gateway counts limits by itself.',
    labels: [],
    whenWrong:
      'Redis is down or slow: see the log for the error. Admission stays within 110 % of the limits; strict tenants get 503.',
  },
  limiterGateways: {
    name: 'ropeway_limits_gateways',
    type: 'gauge',
    unit: 'count',
    help: 'Gateways that count limits together, this one included, as last heard; while Redis is away each grants one part of so many.',
    labels: [],
    whenWrong:
      'Not the number of gateways that run: some cannot reach Redis, or use another redis.keyPrefix.',
  },
  limiterErrors: {
    name: 'ropeway_limits_errors_total',
    type: 'counter',
    unit: 'count',
    help: 'Commands to Redis that failed or took longer than redis.commandTimeoutMs.',
    labels: [],
    whenWrong: 'Redis is overloaded or the network to it loses packets.',
  },
} as const satisfies Record<string, MetricDefinition>;
