// What KEDA is answered, as values: no gRPC here. What is not known of every gateway is UNAVAILABLE, never "inactive" and
// never 0: KEDA then leaves replicas as they are.
import type { ScalerStatus } from '#telemetry';
import type { DemandBoard } from '../demand/demand-board.ts';
import type { GetMetricsRequest, MetricSpec, MetricValue, ScaledObjectRef } from './messages.ts';

export type Answer<Value> = { readonly isGiven: true; readonly value: Value } | Refusal;

export interface Refusal {
  readonly isGiven: false;
  readonly status: Exclude<ScalerStatus, 'OK'>;
  /** For whoever wrote the ScaledObject. */
  readonly sentence: string;
}

interface AnswerPorts {
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
    const tokens = targetOf(ref, 'targetTokens', targetTokens);
    if (!tokens.isGiven) return tokens;
    const kvUsage = targetOf(ref, 'targetKvUsage', targetKvUsage);
    if (!kvUsage.isGiven) return kvUsage;
    return given([specOf(DEMAND, tokens.value), specOf(KV_USAGE, kvUsage.value)]);
  }

  /** Over all gateways, whichever replica is asked: the autoscaler divides by the target. */
  metrics({ scaledObjectRef, metricName }: GetMetricsRequest): Answer<readonly MetricValue[]> {
    const pool = this.#knownPool(scaledObjectRef);
    if (!pool.isGiven) return pool;
    // KEDA takes its prefix (`s0-`) off before it asks; whoever asks by the autoscaler's name is understood as well.
    const value = this.#value(metricName.replace(/^s\d+-/, ''), pool.value, scaledObjectRef);
    if (!value.isGiven) return value;
    // The whole number is for a KEDA that reads no fractions: rounded up, for a little is not nothing.
    return given([{ metricName, metricValue: Math.ceil(value.value), metricValueFloat: value.value }]);
  }

  #value(metric: string, pool: string, ref: ScaledObjectRef | null): Answer<number> {
    const { board, targets, nowMs } = this.#ports;
    if (metric === KV_USAGE) return given(board.kvUsage(pool, nowMs()));
    if (metric !== DEMAND)
      return refused(
        'INVALID_ARGUMENT',
        `no metric is called \`${metric}\`; there are ${DEMAND}, ${KV_USAGE}`,
      );
    const target = targetOf(ref, 'targetTokens', targets.targetTokens);
    if (!target.isGiven) return target;
    const { demandTokens, requests } = board.pool(pool, nowMs());
    // A prompt is computed by one worker, however long it is: one of 90,000 tokens on a target of 60,000 needs one.
    return given(Math.min(demandTokens, Math.max(requests, 1) * target.value));
  }

  #knownPool(ref: ScaledObjectRef | null): Answer<string> {
    const pool = this.pool(ref);
    if (!pool.isGiven) return pool;
    const coverage = this.#ports.board.coverage(this.#ports.nowMs());
    return coverage.isWhole ? pool : refused('UNAVAILABLE', `the demand is not known: ${coverage.why}`);
  }
}

/** Metadata values are strings. */
function targetOf(
  ref: ScaledObjectRef | null,
  name: 'targetTokens' | 'targetKvUsage',
  otherwise: number,
): Answer<number> {
  const text = ref?.scalerMetadata[name]?.trim() ?? '';
  if (text === '') return given(otherwise);
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return given(value);
  return refused('INVALID_ARGUMENT', `the trigger's \`${name}\` must be a number above 0, not \`${text}\``);
}

/** The whole number is for a KEDA that reads no fractions; a target of 0 would be none. */
function specOf(metricName: string, targetSizeFloat: number): MetricSpec {
  return { metricName, targetSize: Math.max(1, Math.round(targetSizeFloat)), targetSizeFloat };
}

function given<Value>(value: Value): Answer<Value> {
  return { isGiven: true, value };
}

function refused<Value>(status: Exclude<ScalerStatus, 'OK'>, sentence: string): Answer<Value> {
  return { isGiven: false, status, sentence };
}
