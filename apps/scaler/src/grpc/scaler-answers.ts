// What KEDA is answered, as values: no gRPC here. What is not known of every gateway is UNAVAILABLE, never "inactive" and
// never 0: KEDA then leaves replicas as they are.
import type { ScalerStatus } from '#telemetry';
import type { DemandBoard } from '../demand/demand-board.ts';
import type { GetMetricsRequest, MetricSpec, MetricValue, ScaledObjectRef } from './messages.ts';

export type Answer<Value> =
  | { readonly isGiven: true; readonly value: Value }
  /** The sentence is for whoever wrote the ScaledObject: KEDA shows it in its conditions and events. */
  | { readonly isGiven: false; readonly status: Exclude<ScalerStatus, 'OK'>; readonly sentence: string };

export interface AnswerPorts {
  readonly board: DemandBoard;
  /** Names of the configured pools; they may change while the process runs. */
  readonly poolNames: () => readonly string[];
  readonly targets: { readonly targetTokens: number; readonly targetKvUsage: number };
  /** Monotonic. */
  readonly nowMs: () => number;
}

const DEMAND = 'demand_tokens';
const KV_USAGE = 'kv_usage';

export class ScalerAnswers {
  readonly #ports: AnswerPorts;

  constructor(ports: AnswerPorts) {
    this.#ports = ports;
  }

  /** The pool a trigger is for. */
  pool(ref: ScaledObjectRef | null): Answer<string> {
    const names = this.#ports.poolNames();
    const name = ref?.scalerMetadata.pool ?? '';
    if (name === '') {
      return refused('INVALID_ARGUMENT', `the trigger's metadata must say \`pool\`: ${names.join(', ')}`);
    }
    if (names.includes(name)) return given(name);
    return refused('NOT_FOUND', `no pool is called \`${name}\`; there are ${names.join(', ')}`);
  }

  isActive(ref: ScaledObjectRef): Answer<boolean> {
    const pool = this.#knownPool(ref);
    return pool.isGiven ? given(this.#ports.board.pool(pool.value, this.#ports.nowMs()).isActive) : pool;
  }

  /** Needs no gateway: KEDA makes the autoscaler from it before anything runs. */
  metricSpecs(ref: ScaledObjectRef): Answer<readonly MetricSpec[]> {
    const pool = this.pool(ref);
    if (!pool.isGiven) return pool;
    const { targetTokens, targetKvUsage } = this.#ports.targets;
    const tokens = target(ref, 'targetTokens', targetTokens);
    if (!tokens.isGiven) return tokens;
    const kvUsage = target(ref, 'targetKvUsage', targetKvUsage);
    if (!kvUsage.isGiven) return kvUsage;
    return given([specOf(DEMAND, tokens.value), specOf(KV_USAGE, kvUsage.value)]);
  }

  /** Over all gateways, whichever replica is asked: the autoscaler divides by the target. */
  metrics({ scaledObjectRef, metricName }: GetMetricsRequest): Answer<readonly MetricValue[]> {
    const pool = this.#knownPool(scaledObjectRef);
    if (!pool.isGiven) return pool;
    // KEDA takes its prefix (`s0-`) off before it asks; whoever asks by the autoscaler's name is understood as well.
    const name = metricName.replace(/^s\d+-/, '');
    const nowMs = this.#ports.nowMs();
    if (name === DEMAND)
      return given([metricValue(metricName, this.#ports.board.pool(pool.value, nowMs).demandTokens)]);
    if (name === KV_USAGE)
      return given([metricValue(metricName, this.#ports.board.kvUsage(pool.value, nowMs))]);
    return refused(
      'INVALID_ARGUMENT',
      `no metric is called \`${metricName}\`; there are ${DEMAND}, ${KV_USAGE}`,
    );
  }

  #knownPool(ref: ScaledObjectRef | null): Answer<string> {
    const pool = this.pool(ref);
    if (!pool.isGiven) return pool;
    const coverage = this.#ports.board.coverage(this.#ports.nowMs());
    return coverage.isWhole ? pool : refused('UNAVAILABLE', `the demand is not known: ${coverage.why}`);
  }
}

/** Metadata values are strings. */
function target(
  ref: ScaledObjectRef,
  name: 'targetTokens' | 'targetKvUsage',
  otherwise: number,
): Answer<number> {
  const text = ref.scalerMetadata[name]?.trim() ?? '';
  if (text === '') return given(otherwise);
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return given(value);
  return refused('INVALID_ARGUMENT', `the trigger's \`${name}\` must be a number above 0, not \`${text}\``);
}

/** The whole number is for a KEDA that reads no fractions; a target of 0 would be none. */
function specOf(metricName: string, targetSizeFloat: number): MetricSpec {
  return { metricName, targetSize: Math.max(1, Math.round(targetSizeFloat)), targetSizeFloat };
}

/** Rounded up for a KEDA that reads no fractions: a little is not nothing. */
function metricValue(metricName: string, metricValueFloat: number): MetricValue {
  return { metricName, metricValue: Math.ceil(metricValueFloat), metricValueFloat };
}

function given<Value>(value: Value): Answer<Value> {
  return { isGiven: true, value };
}

function refused<Value>(status: Exclude<ScalerStatus, 'OK'>, sentence: string): Answer<Value> {
  return { isGiven: false, status, sentence };
}
