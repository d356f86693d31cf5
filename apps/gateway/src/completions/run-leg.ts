// Step 8: one worker is asked and its answer carried back. Whatever comes of it, the lease goes back and the attempt is noted.
import { carryLeg, type LegOutcome } from '#relay';
import type { LeaseOutcome } from '#workers';
import type { Exchange } from './exchange.ts';
import { legInput } from './leg-input.ts';
import { noteGivenUp, noteUsage } from './note-record.ts';
import type { Prepared } from './prepare.ts';
import type { ServePorts } from './serve-ports.ts';
import type { Taken } from './take-lease.ts';
import { attemptOf } from './usage-row.ts';

export async function runLeg(
  taken: Taken,
  exchange: Exchange,
  prepared: Prepared,
  { parking, client, settings }: Pick<ServePorts, 'parking' | 'client' | 'settings'>,
): Promise<LegOutcome> {
  const { answer, record } = exchange;
  const { lease, route } = taken;
  const sent = parking.send(route.need, taken.uncachedTokens, exchange.place);
  answer.explainWait(null);
  record.attempts++;
  record.worker = lease.worker.id;
  record.dispatchedMs = performance.now();
  record.steps.enter('attempt', record.dispatchedMs);
  exchange.lease = lease;
  // Unless the leg says otherwise: an error of our own is not the worker's.
  let released: LeaseOutcome = 'cancelled';
  let how: string = released;
  try {
    const input = legInput(taken, sent, exchange, prepared);
    const outcome = await carryLeg(client, input, answer, settings.relay);
    if (outcome.kind === 'retry') noteGivenUp(record, outcome.fault);
    released = leaseOutcome(outcome);
    how = outcome.kind;
    if ('usage' in outcome) noteUsage(record, outcome.usage, prepared.measured);
    return outcome;
  } finally {
    exchange.lease = null;
    sent.end();
    lease.release(released);
    record.trace?.endAttempt({ outcome: how, firstTokenMs: record.firstTokenMs });
    record.workerMs += performance.now() - record.dispatchedMs;
    exchange.attempts.push(attemptOf(record, route.pool.name, how));
  }
}

function leaseOutcome(outcome: LegOutcome): LeaseOutcome {
  switch (outcome.kind) {
    case 'finished':
      return 'finished';
    case 'retry':
    case 'broken':
      return outcome.lease;
    case 'rejected':
      return outcome.lease ?? 'rejected';
    case 'client-closed':
      return 'client-closed';
  }
}
