// Carries an answer that is no answer: any status but 200. Its text decides whether the caller or the worker is at fault.
import type { Fault } from '#protocol';
import type { LeaseOutcome } from '#workers';
import { ByteGatherer } from './byte-gatherer.ts';
import type { LegOutcome } from './leg.ts';
import { readWorkerError } from './worker-error.ts';

/** vLLM's longest validation errors are some 10 KB. */
const MAX_ERROR_BYTES = 256 * 1024;

export class RefusalCarry {
  readonly sawToken = false;
  readonly #status: number;
  readonly #body = new ByteGatherer(MAX_ERROR_BYTES);

  constructor(status: number) {
    this.#status = status;
  }

  take(bytes: Buffer, start: number, end: number): void {
    this.#body.add(bytes, start, end);
  }

  flush(): boolean {
    return true;
  }

  tellProgress(): void {}

  decide(): null {
    return null;
  }

  end(): LegOutcome {
    return readWorkerError(this.#status, this.#body.take().toString('utf8'));
  }

  fail(lease: LeaseOutcome, why: string, fault: Fault): LegOutcome {
    return { kind: 'retry', lease, why, fault };
  }

  clientClosed(): LegOutcome {
    return { kind: 'client-closed', usage: null };
  }
}
