// Stands between a generation and its answer, and breaks the answer after so many tokens.
import type { ServerResponse } from 'node:http';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import { openStream } from '../http/respond.ts';
import type { RequestFault } from './sim-fault.ts';

type BreakingFault = Extract<RequestFault, { readonly kind: 'stall' | 'cut' | 'error-event' }>;

export function isBreaking(fault: RequestFault | null): fault is BreakingFault {
  return fault !== null && ['stall', 'cut', 'error-event'].includes(fault.kind);
}

export class FaultyListener implements ChoiceListener {
  readonly #fault: BreakingFault;
  readonly #res: ServerResponse;
  readonly #inner: ChoiceListener;
  #tokens = 0;
  #isBroken = false;

  constructor(fault: BreakingFault, res: ServerResponse, inner: ChoiceListener) {
    this.#fault = fault;
    this.#res = res;
    this.#inner = inner;
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    if (this.#isBroken) return;
    if (this.#tokens < afterTokens(this.#fault)) {
      this.#tokens += delta.tokens.length;
      this.#inner.delta(choice, delta, finish);
      return;
    }
    this.#isBroken = true;
    breakAnswer(this.#fault, this.#res, () => this.#inner.failed(choice));
  }

  /** Never: a reader that is behind gets many tokens at once, and the fault has to come after the token it names. */
  isBehind(): boolean {
    return false;
  }

  failed(choice: Choice): void {
    if (!this.#isBroken) this.#inner.failed(choice);
  }
}

/** An error event needs an open stream, so at least one token goes before it. */
function afterTokens(fault: BreakingFault): number {
  return Math.max(fault.afterTokens ?? 0, fault.kind === 'error-event' ? 1 : 0);
}

function breakAnswer(fault: BreakingFault, res: ServerResponse, fail: () => void): void {
  if (fault.kind === 'stall') return;
  if (fault.kind === 'error-event') {
    fail();
  } else if (fault.withError) {
    if (!res.headersSent) openStream(res);
    const error = { message: 'Internal server error', type: 'InternalServerError', param: null, code: 500 };
    // Cut only once the event has left, or it would be lost with the connection.
    res.write(`data: ${JSON.stringify({ error })}\n\n`, () => destroy(res, fault.reset ?? false));
  } else if (res.headersSent && res.socket) {
    // What was sent before has to arrive: that is what "after so many tokens" means.
    res.socket.write('', () => destroy(res, fault.reset ?? false));
  } else {
    destroy(res, fault.reset ?? false);
  }
}

function destroy(res: ServerResponse, reset: boolean): void {
  if (reset) res.socket?.resetAndDestroy();
  else res.destroy();
}
