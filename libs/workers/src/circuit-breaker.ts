// Keeps requests off a worker whose answers are failures. It counts only what is the worker's fault (a failed connect,
// a 5xx, a broken or timed-out answer); a 400 is a good answer, and a full queue or a client that left says nothing.
import type { LeaseOutcome } from './fleet.ts';
import type { BreakerOptions } from './fleet-options.ts';

interface BreakerPorts {
  readonly nowMs: () => number;
  /** 0 <= value < 1. */
  readonly random: () => number;
  readonly onChange: (state: 'closed' | 'open') => void;
}

export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #ports: BreakerPorts;
  /** The last answers, true for a failure; a ring of `windowAnswers`. */
  readonly #answers: boolean[] = [];
  #next = 0;
  #failuresInWindow = 0;
  #failuresInARow = 0;
  /** When it may be probed; null while closed. */
  #probeFromMs: number | null = null;
  #pauses = 0;
  #isProbed = false;

  constructor(options: BreakerOptions, ports: BreakerPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** `half-open` only while its one probe place is free, so that whoever reads it may use it. */
  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#probeFromMs === null) return 'closed';
    return this.#isProbed || this.#ports.nowMs() < this.#probeFromMs ? 'open' : 'half-open';
  }

  /** A request wants through: as ordinary traffic, as the one probe, or not at all. */
  admit(): 'ordinary' | 'probe' | null {
    const { state } = this;
    if (state === 'closed') return 'ordinary';
    if (state === 'open') return null;
    this.#isProbed = true;
    return 'probe';
  }

  /** How an admitted request ended. Outcomes of ordinary requests sent before it opened are old news and ignored. */
  record(outcome: LeaseOutcome, admitted: 'ordinary' | 'probe', sawToken: boolean): void {
    const verdict = verdictOf(outcome, sawToken);
    if (admitted === 'probe') this.#endProbe(verdict);
    else if (this.#probeFromMs === null && verdict !== 'nothing') this.#count(verdict === 'failure');
  }

  /** A new process answers on the port: what the old one did no longer counts. */
  reset(): void {
    const wasOpen = this.#probeFromMs !== null;
    this.#answers.length = 0;
    this.#next = 0;
    this.#failuresInWindow = 0;
    this.#failuresInARow = 0;
    this.#probeFromMs = null;
    this.#pauses = 0;
    this.#isProbed = false;
    if (wasOpen) this.#ports.onChange('closed');
  }

  #endProbe(verdict: 'failure' | 'success' | 'nothing'): void {
    // A reset may have closed it while the probe ran.
    if (this.#probeFromMs === null) return;
    this.#isProbed = false;
    if (verdict === 'success') this.reset();
    else if (verdict === 'failure') this.#open();
  }

  #count(isFailure: boolean): void {
    this.#failuresInARow = isFailure ? this.#failuresInARow + 1 : 0;
    if (this.#answers[this.#next] === true) this.#failuresInWindow -= 1;
    if (isFailure) this.#failuresInWindow += 1;
    this.#answers[this.#next] = isFailure;
    this.#next = (this.#next + 1) % this.#options.windowAnswers;
    const isWindowFull = this.#answers.length === this.#options.windowAnswers;
    const isMostlyFailing = isWindowFull && this.#failuresInWindow > this.#options.windowAnswers / 2;
    if (isMostlyFailing || this.#failuresInARow >= this.#options.consecutiveFailures) this.#open();
  }

  #open(): void {
    const { firstPauseMs, longestPauseMs } = this.#options;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#pauses);
    const wasClosed = this.#probeFromMs === null;
    this.#pauses += 1;
    // Half of the pause is jitter, so that gateways that saw the same failures do not probe in step.
    this.#probeFromMs = this.#ports.nowMs() + pauseMs * (0.5 + 0.5 * this.#ports.random());
    if (wasClosed) this.#ports.onChange('open');
  }
}

function verdictOf(outcome: LeaseOutcome, sawToken: boolean): 'failure' | 'success' | 'nothing' {
  switch (outcome) {
    case 'failed':
    case 'timed-out':
      return 'failure';
    case 'finished':
    case 'rejected':
      return 'success';
    case 'client-closed':
    case 'cancelled':
      return sawToken ? 'success' : 'nothing';
    case 'queue-full':
      return 'nothing';
  }
}
