// What was answered, for metrics and log. KEDA's ScaledObject says only "no metric specs returned" when its trigger is wrong,
// so the sentence stands in our log as well: once, not at each of its questions.
import type { ScalerMethod, ScalerTelemetry } from '#telemetry';
import type { ScaledObjectRef } from './messages.ts';
import type { Refusal } from './scaler-answers.ts';

interface NoteSink {
  readonly warn: (fields: object, text: string) => void;
}

/** Sentences remembered; beyond it all are forgotten, and those that still hold are said once more. */
const MAX_REMEMBERED = 1_000;

export class AnswerNotes {
  readonly #telemetry: Pick<ScalerTelemetry, 'answered'>;
  readonly #sink: NoteSink;
  readonly #said = new Set<string>();

  constructor(telemetry: Pick<ScalerTelemetry, 'answered'>, sink: NoteSink) {
    this.#telemetry = telemetry;
    this.#sink = sink;
  }

  given(method: ScalerMethod): void {
    this.#telemetry.answered(method, 'OK');
  }

  refused(method: ScalerMethod, { status, sentence }: Refusal, ref: ScaledObjectRef | null): void {
    this.#telemetry.answered(method, status);
    // That we do not know is ours to mend, and said where it begins and ends.
    if (status === 'UNAVAILABLE') return;
    const scaledObject = ref === null ? 'none' : `${ref.namespace}/${ref.name}`;
    const said = `${scaledObject} ${sentence}`;
    if (this.#said.has(said)) return;
    if (this.#said.size >= MAX_REMEMBERED) this.#said.clear();
    this.#said.add(said);
    this.#sink.warn({ scaledObject }, `KEDA asks what cannot be answered: ${sentence}`);
  }
}
