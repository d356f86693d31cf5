// One request to one worker and its answer back to the client: the relay's one call.
import { Fault, type FaultCode } from '#protocol';
import type { LeaseOutcome } from '#workers';
import type { Answer, Feeder } from './answer.ts';
import type { LegInput, LegOutcome, RelayOptions } from './leg.ts';
import { type Pulse, sharedPulse, type Watched } from './pulse.ts';
import { RefusalCarry } from './refusal-carry.ts';
import type { ResponseHead } from './response-head.ts';
import { StreamCarry } from './stream-carry.ts';
import { WholeCarry } from './whole-carry.ts';
import type { CallSink, WorkerCall } from './worker-call.ts';
import type { WorkerClient } from './worker-client.ts';
import type { CallFailure } from './worker-socket.ts';

/**
 * Never rejects. On `finished` the answer is complete. On every other outcome its end was not written: the caller
 * tries another worker (`retry`) or calls `answer.fail(outcome.fault)`. A client that leaves is noticed here, too.
 */
export function carryLeg(
  client: WorkerClient,
  input: LegInput,
  answer: Answer,
  options: RelayOptions,
  pulse: Pulse = sharedPulse,
): Promise<LegOutcome> {
  return new Promise((resolve) => new Leg(input, answer, options, pulse, resolve).start(client, input));
}

/** How the body of an answer is carried. */
interface Carry {
  /** A token, or a part of the whole answer, has come: from here on silence is suspicious. */
  readonly sawToken: boolean;
  take(bytes: Buffer, start: number, end: number): void;
  flush(): boolean;
  /** Says how many tokens have come since it last did; with the first, that it is the first. May end the leg. */
  tellProgress(): void;
  /** After `flush`: the outcome, once the body has decided it. */
  decide(): LegOutcome | null;
  end(): LegOutcome;
  fail(lease: LeaseOutcome, why: string, fault: Fault): LegOutcome;
  clientClosed(): LegOutcome;
}

class Leg implements CallSink, Feeder, Watched {
  slot = -1;
  readonly #signal: AbortSignal;
  readonly #isStream: boolean;
  readonly #answer: Answer;
  readonly #options: RelayOptions;
  readonly #pulse: Pulse;
  readonly #resolve: (outcome: LegOutcome) => void;
  readonly #onAbort = () => this.#aborted();
  #carry: Carry;
  #call: WorkerCall | null = null;
  #isSettled = false;
  #isPaused = false;
  /** Something came since the last pulse. */
  #isBusy = false;
  #silentSinceMs = 0;
  readonly #startedMs = performance.now();

  constructor(
    input: LegInput,
    answer: Answer,
    options: RelayOptions,
    pulse: Pulse,
    resolve: (outcome: LegOutcome) => void,
  ) {
    // Not the input itself: its body may be megabytes, and is of no use once it has been sent.
    this.#signal = input.signal;
    this.#isStream = input.shape.stream;
    this.#answer = answer;
    this.#options = options;
    this.#pulse = pulse;
    this.#resolve = resolve;
    this.#carry = input.shape.stream
      ? new StreamCarry(input, answer, options)
      : new WholeCarry(input, answer, options);
  }

  start(client: WorkerClient, { endpoint, request }: LegInput): void {
    const signal = this.#signal;
    if (this.#answer.hasLeft) {
      this.#settle(this.#carry.clientClosed());
      return;
    }
    if (signal.aborted) {
      this.#aborted();
      return;
    }
    signal.addEventListener('abort', this.#onAbort);
    this.#answer.feedBy(this);
    this.#pulse.watch(this);
    try {
      this.#call = client.send(endpoint, request, this);
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('internal_error', { cause: error });
      this.#settle({ kind: 'rejected', fault, lease: 'cancelled' });
    }
  }

  onHead(head: ResponseHead): void {
    if (head.status !== 200) this.#carry = new RefusalCarry(head.status);
    // A stream was asked for: JSON with status 200 is an error in disguise.
    else if (this.#isStream && head.contentType !== 'text/event-stream')
      this.#carry = new RefusalCarry(head.status);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (!this.#isSettled) this.#carry.take(bytes, start, end);
  }

  onRead(): void {
    if (this.#isSettled) return;
    this.#isBusy = true;
    const hasRoom = this.#carry.flush();
    const outcome = this.#carry.decide();
    if (outcome) {
      this.#settle(outcome);
      return;
    }
    if (!hasRoom && !this.#isPaused) {
      this.#isPaused = true;
      this.#call?.pause();
    }
    if (!this.#carry.sawToken) this.#carry.tellProgress();
  }

  onEnd(): void {
    this.#call = null;
    if (!this.#isSettled) this.#settle(this.#carry.end());
  }

  onFailure(failure: CallFailure): void {
    this.#call = null;
    const { code, lease } = isOurs(failure) ? OURS : FAILURES[failure.kind];
    const fault = new Fault(code, { cause: failure.cause ?? failure.why });
    this.#fail(lease, failure.why, fault, failure.kind === 'cut');
  }

  onClientReady(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#isBusy = true;
    this.#call?.resume();
  }

  onClientLeft(): void {
    this.#settle(this.#carry.clientClosed());
  }

  onPulse(nowMs: number): void {
    const { totalTimeoutMs, idleTimeoutMs, firstTokenTimeoutMs } = this.#options;
    this.#carry.tellProgress();
    if (this.#isSettled) return;
    if (nowMs - this.#answer.startedMs >= totalTimeoutMs) this.#outOfTime(totalTimeoutMs);
    else if (!this.#carry.sawToken) {
      if (firstTokenTimeoutMs !== null && this.#isStream && nowMs - this.#startedMs >= firstTokenTimeoutMs)
        this.#timedOut(`no token within ${firstTokenTimeoutMs} ms`);
    } else if (this.#isBusy || this.#isPaused) {
      this.#isBusy = false;
      this.#silentSinceMs = nowMs;
    } else if (nowMs - this.#silentSinceMs >= idleTimeoutMs) this.#timedOut(`silent for ${idleTimeoutMs} ms`);
  }

  #timedOut(why: string): void {
    this.#settle(this.#carry.fail('timed-out', `worker ${why}`, new Fault('worker_timeout', { cause: why })));
  }

  /** No time is left for another worker either. One that was answering is not to blame: the answer was too long. */
  #outOfTime(totalTimeoutMs: number): void {
    const why = `not finished within ${totalTimeoutMs} ms`;
    const lease = this.#carry.sawToken ? 'cancelled' : 'timed-out';
    this.#failForGood(lease, why, new Fault('worker_timeout', { cause: why }));
  }

  #aborted(): void {
    // The last tokens, told while it settles, may use up a budget: how it ended is decided by then.
    if (this.#isSettled) return;
    const reason: unknown = this.#signal.reason;
    const fault = reason instanceof Fault ? reason : new Fault('worker_failed', { cause: reason });
    if (fault.code === 'client_closed') this.#settle(this.#carry.clientClosed());
    else if (fault.owner === 'client') this.#failForGood('cancelled', `aborted: ${fault.message}`, fault);
    else this.#fail(leaseOutcome(fault.code), `aborted: ${fault.message}`, fault, fault.owner === 'worker');
  }

  #fail(lease: LeaseOutcome, why: string, fault: Fault, died: boolean): void {
    const outcome = this.#carry.fail(lease, why, fault);
    this.#settle(outcome.kind === 'retry' ? { ...outcome, died } : outcome);
  }

  /** No other worker could do better, so this is never a `retry`. */
  #failForGood(lease: LeaseOutcome, why: string, fault: Fault): void {
    const outcome = this.#carry.fail(lease, why, fault);
    this.#settle(outcome.kind === 'retry' ? { kind: 'rejected', fault, lease } : outcome);
  }

  #settle(outcome: LegOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#carry.tellProgress();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#answer.feedBy(null);
    this.#pulse.forget(this);
    if (outcome.kind === 'finished') {
      this.#answer.finish();
      this.#call?.release();
    } else this.#call?.abort();
    this.#call = null;
    this.#resolve(outcome);
  }
}

const FAILURES: Record<CallFailure['kind'], { code: FaultCode; lease: LeaseOutcome }> = {
  connect: { code: 'worker_unreachable', lease: 'failed' },
  'connect-timeout': { code: 'worker_unreachable', lease: 'timed-out' },
  cut: { code: 'worker_failed', lease: 'failed' },
  malformed: { code: 'worker_failed', lease: 'failed' },
};

/** The worker heard nothing and is not to blame: this process had no file descriptor left for a connection. */
const OURS: (typeof FAILURES)['connect'] = { code: 'worker_unreachable', lease: 'cancelled' };

function isOurs({ kind, cause }: CallFailure): boolean {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return kind === 'connect' && (code === 'EMFILE' || code === 'ENFILE');
}

function leaseOutcome(code: FaultCode): LeaseOutcome {
  if (code === 'worker_timeout') return 'timed-out';
  return code === 'gateway_draining' ? 'cancelled' : 'failed';
}
