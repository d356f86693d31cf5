// Knows how many spans wait, so that whole traces are left out instead of spans; and how many the collector took or missed.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

export class CountedExporter implements SpanExporter {
  /** Ended, and neither sent nor lost. */
  waiting = 0;
  sent = 0;
  lost = 0;
  readonly #exporter: SpanExporter;
  readonly #onLost: (error: Error | undefined) => void;
  #isFailing = false;

  constructor(exporter: SpanExporter, onLost: (error: Error | undefined) => void) {
    this.#exporter = exporter;
    this.#onLost = onLost;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.waiting -= spans.length;
      const isSent = result.code === ExportResultCode.SUCCESS;
      if (isSent) this.sent += spans.length;
      else this.lost += spans.length;
      if (!isSent && !this.#isFailing) this.#onLost(result.error);
      this.#isFailing = !isSent;
      // What failed is counted and told above; the processor would only print it.
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }
}
