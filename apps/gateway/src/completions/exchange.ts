// One request and the answer to it, as the steps of the pipeline pass it on; and the one place from which it can be ended
// from outside (a revoked key, a used-up budget), wherever it is.
import type { IncomingMessage } from 'node:http';
import type { LedgerAttempt, LedgerEntry, LedgerIntent } from '#ledger';
import type { RateCharge } from '#limits';
import type { Fault } from '#protocol';
import type { Answer } from '#relay';
import type { RequestRecord } from '#telemetry';
import type { Caller } from '#tenancy';
import type { Lease, Slotted } from '#workers';
import type { ParkedPlace } from '../parking/parked-place.ts';
import type { Spending } from './spending.ts';

const NONE: readonly never[] = [];

/** The ledger's open entry of this request. */
export interface OpenEntry {
  readonly intent: LedgerIntent;
  /** When the request came, as the intent has it: ms since 1970. */
  readonly startedMs: number;
  readonly entry: LedgerEntry;
}

export class Exchange implements Slotted {
  slot = -1;
  readonly kind: 'chat' | 'text';
  readonly req: IncomingMessage;
  readonly answer: Answer;
  readonly record: RequestRecord;
  caller: Caller | null = null;
  /** Of its request rates, what is to be taken with the reservation. */
  later: readonly RateCharge[] = NONE;
  /** The body is here whole: what follows on the connection is the next request, whatever becomes of this one. */
  hasBody = false;
  /** From the moment the prompt is counted. */
  spending: Spending | null = null;
  chargedTokens = 0;
  /** From the moment it may be sent to a worker. */
  ledger: OpenEntry | null = null;
  readonly attempts: LedgerAttempt[] = [];
  /** What it holds or waits for now. */
  lease: Lease | null = null;
  stopWaiting: (() => void) | null = null;
  /** From its first wait for room. */
  place: ParkedPlace | null = null;
  #cutBy: Fault | null = null;

  constructor(kind: 'chat' | 'text', req: IncomingMessage, answer: Answer, record: RequestRecord) {
    this.kind = kind;
    this.req = req;
    this.answer = answer;
    this.record = record;
  }

  get isCut(): boolean {
    return this.#cutBy !== null;
  }

  /** Ends it with this fault: before its first byte as a plain answer, later as the stream's last event. Idempotent. */
  cut(fault: Fault): void {
    if (this.#cutBy) return;
    this.#cutBy = fault;
    this.lease?.lose(fault);
    this.stopWaiting?.();
  }

  /** Called after every wait. */
  throwIfCut(): void {
    if (this.#cutBy) throw this.#cutBy;
  }
}
