// The whole way of one completion, top to bottom. Free steps come before dear ones; every way to be refused is a Fault
// thrown on this page or by the step it calls; whatever was taken is given back in `finally`, next to where it was taken.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULTS, Fault, parseCompletion } from '#protocol';
import { Answer, type AnswerOptions, carryLeg, type LegInput, type LegOutcome } from '#relay';
import { chooseRoute, type RouteDecision } from '#routing';
import { newRequestRecord, type RequestRecord } from '#telemetry';
import type { Caller } from '#tenancy';
import type { Lease, LeaseOutcome } from '#workers';
import { admitCaller } from '../http/admit-caller.ts';
import { type HeldBody, readBody } from '../http/read-body.ts';
import { newRequestId, saneRequestId } from '../http/request-id.ts';
import type { ServedModel } from '../models/served-model.ts';
import { cacheSalt } from './cache-salt.ts';
import { HeldRequest } from './held-request.ts';
import { type Measured, measure } from './measure.ts';
import { noteDemand, noteOutcome, noteRoute, noteUsage } from './note-record.ts';
import { outgoingBody } from './outgoing-body.ts';
import { setRouteHeaders } from './route-headers.ts';
import { pinnedPool, routeQuery } from './route-query.ts';
import type { ServePorts } from './serve-ports.ts';
import { toFault } from './to-fault.ts';
import { traceHeaders } from './trace-headers.ts';

type Dispatch = Extract<RouteDecision, { kind: 'dispatch' }>;
type Wait = Extract<RouteDecision, { kind: 'wait' }>;

/** A request that so many workers died holding is never sent again: it may be what kills them (decision R4). */
const DEATHS_MOST = 2;
const KILLER = 'Two workers failed while they held this request; it is not sent to a third.';

/** One request and the answer to it. */
interface Exchange {
  readonly kind: 'chat' | 'text';
  readonly req: IncomingMessage;
  readonly answer: Answer;
  readonly record: RequestRecord;
}

/** What the steps before the reservation have found out. */
interface Prepared {
  readonly held: HeldRequest;
  readonly model: ServedModel;
  readonly salt: string | null;
  readonly measured: Measured;
}

export class ServeCompletion {
  readonly #ports: ServePorts;
  readonly #answerOptions: AnswerOptions;
  #turn = 0;

  constructor(ports: ServePorts) {
    this.#ports = ports;
    this.#answerOptions = { ...ports.settings.relay, isDraining: () => ports.lifecycle.isDraining };
  }

  /** Answers one request on the raw response. Never throws; resolves once the answer is recorded. */
  async serve(kind: 'chat' | 'text', req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { lifecycle, telemetry } = this.#ports;
    const record = newRequestRecord(newRequestId(), kind, performance.now());
    record.correlationId = saneRequestId(req.headers['x-request-id']);
    const answer = new Answer(req, res, this.#answerOptions);
    answer.headers['x-request-id'] = record.correlationId ?? record.requestId;
    lifecycle.begin();
    try {
      await this.#answer({ kind, req, answer, record });
    } catch (error) {
      const fault = toFault(error);
      noteOutcome(record, { kind: 'faulted', fault });
      // What is left of a refused body is not read: the connection cannot go on.
      if (!req.complete) answer.headers.connection = 'close';
      answer.fail(fault);
    } finally {
      // Running until its last byte is out: a drain must not cut the tail of an answer that a slow client still reads.
      void answer.closed.then(() => lifecycle.end());
      record.endedMs = performance.now();
      record.status = res.headersSent ? res.statusCode : FAULTS.client_closed.status;
      telemetry.record(record);
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { req, answer, record } = exchange;
    const { settings, bodies, telemetry } = this.#ports;
    const caller = admitCaller(req, answer.headers, this.#ports, record); //  1 who asks, and how often?
    const body = await readBody(req, settings.body, bodies);
    try {
      const prepared = await this.#prepare(exchange, caller, body); //        2-4 what, of which model, how long?
      if (record.stream) {
        answer.startHeartbeats();
        telemetry.inFlight.streams++;
      }
      await this.#carry(exchange, prepared); //                               5-8 where to; carry it there and back
    } finally {
      if (record.stream) telemetry.inFlight.streams--;
      body.release();
    }
  }

  async #prepare({ kind, answer, record }: Exchange, caller: Caller, body: HeldBody): Promise<Prepared> {
    const { models, fleet } = this.#ports;
    record.bodyBytes = body.bytes.length;
    record.bodyReadMs = performance.now() - record.startedMs;
    const request = parseCompletion(kind, body.bytes, models.parseRules(caller)); // 2 what do they ask?
    const model = models.require(request.model, caller); //                          3 what does this model want?
    record.model = model.id;
    const salt = cacheSalt(request, model, caller.tenant);
    const started = performance.now();
    const counted = measure(request, model, { fleet, signal: answer.left, salt }); // 4 how long is it?
    const measured = counted instanceof Promise ? await counted : counted;
    record.countMs = performance.now() - started;
    record.promptTokens = measured.promptTokens;
    record.stream = request.stream;
    return { held: new HeldRequest(request, body), model, salt, measured };
  }

  /** Chooses a route, waits where there is no room, and tries workers until one has begun to answer. */
  async #carry(exchange: Exchange, prepared: Prepared): Promise<void> {
    const { req, answer, record } = exchange;
    const { fleet, retryBudget, settings } = this.#ports;
    const { held, model, measured } = prepared;
    const pinned = pinnedPool(req.headers['x-ropeway-pool']);
    const excluded: string[] = [];
    let lastFault: Fault | null = null;
    let deaths = 0;
    retryBudget.request();
    for (;;) {
      const { request } = held;
      const question = {
        request,
        model,
        measured,
        pinned,
        waitedMs: record.queueMs,
        excluded,
        tieBreak: this.#turn++,
      };
      const decision = chooseRoute(routeQuery(question), fleet.snapshot(), model.policy); // 5 which pool, which workers?
      if (decision.demand) noteDemand(record, decision.demand);
      setRouteHeaders(answer.headers, decision);
      if (decision.kind === 'refuse') throw decision.fault;
      noteRoute(record, decision);
      if (decision.kind === 'wait' && decision.exhausted && lastFault) throw lastFault;
      const lease = decision.kind === 'dispatch' ? this.#lease(decision, prepared, record) : null;
      if (decision.kind === 'wait' || !lease) {
        await this.#waitForRoom(decision, exchange); //                                7 wait for room, bounded
        continue;
      }
      const outcome = await this.#leg(lease, exchange, prepared, decision); //         8 carry the answer back
      if (outcome.kind !== 'retry') {
        noteOutcome(record, outcome);
        if (outcome.kind === 'rejected' || outcome.kind === 'broken') answer.fail(outcome.fault);
        return;
      }
      lastFault = outcome.fault;
      excluded.push(lease.worker.id);
      if (outcome.died) deaths++;
      if (deaths >= DEATHS_MOST) throw new Fault('worker_failed', { message: KILLER, cause: lastFault });
      if (excluded.length > settings.maxRetries || !retryBudget.tryRetry()) throw lastFault;
    }
  }

  /** Waits for room where the decision says it would help; for a place taken meanwhile, in the pool that had it. */
  async #waitForRoom(decision: Wait | Dispatch, { answer, record }: Exchange): Promise<void> {
    const { fleet, settings, telemetry } = this.#ports;
    const started = performance.now();
    const leftMs = settings.maxWaitMs - record.queueMs;
    const wait =
      decision.kind === 'wait'
        ? decision
        : { waitFor: [decision.pool.name], askAgainMs: null, unavailable: false };
    const refusal = wait.unavailable ? 'pool_unavailable' : 'no_capacity';
    if (leftMs <= 0) throw new Fault(refusal, { retryAfterMs: 1000 });
    // Its own controller and timer, not AbortSignal.any: a thousand waiters are woken often, and each would leave some behind.
    const until = new AbortController();
    const onLeft = () => until.abort();
    const timer = setTimeout(() => until.abort(), Math.min(leftMs, wait.askAgainMs ?? leftMs));
    answer.left.addEventListener('abort', onLeft);
    telemetry.inFlight.waiting++;
    try {
      const entered = await fleet.waitForRoom(wait.waitFor, until.signal, record);
      if (!entered) throw new Fault(refusal, { retryAfterMs: 1000 });
    } catch (error) {
      if (answer.hasLeft) throw new Fault('client_closed');
      if (!until.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      answer.left.removeEventListener('abort', onLeft);
      telemetry.inFlight.waiting--;
      record.queueMs += performance.now() - started;
    }
  }

  /** null when the places were taken since the decision, or when others wait in line for this pool. */
  #lease(decision: Dispatch, { measured }: Prepared, record: RequestRecord): Lease | null {
    const isNew = record.queueMs === 0 && record.attempts === 0;
    if (isNew && this.#ports.fleet.waitingFor(decision.pool.name) > 0) return null;
    for (const { worker, uncachedTokens } of decision.workers) {
      const lease = this.#ports.fleet.lease(worker.id, {
        promptTokens: measured.chargedTokens,
        uncachedTokens,
        demandTokens: measured.chargedTokens + decision.demand.outputBudget * measured.answers,
        chain: measured.chain,
      });
      if (lease) return lease;
    }
    return null;
  }

  async #leg(lease: Lease, exchange: Exchange, prepared: Prepared, decision: Dispatch): Promise<LegOutcome> {
    const { answer, record } = exchange;
    record.attempts++;
    record.worker = lease.worker.id;
    record.dispatchedMs = performance.now();
    // Unless the leg says otherwise: an error of our own is not the worker's.
    let released: LeaseOutcome = 'cancelled';
    try {
      const { client, settings } = this.#ports;
      const outcome = await carryLeg(
        client,
        legInput(lease, exchange, prepared, decision),
        answer,
        settings.relay,
      );
      released = leaseOutcome(outcome);
      if ('usage' in outcome) noteUsage(record, outcome.usage, prepared.measured);
      return outcome;
    } finally {
      lease.release(released);
      record.workerMs += performance.now() - record.dispatchedMs;
    }
  }
}

/** A value on its own, so that nothing but the relay holds the body while the answer runs. */
function legInput(lease: Lease, { req, record }: Exchange, prepared: Prepared, decision: Dispatch): LegInput {
  const { held, model, salt } = prepared;
  const { request } = held;
  return {
    endpoint: lease.endpoint,
    request: {
      path: request.kind === 'chat' ? '/v1/chat/completions' : '/v1/completions',
      body: outgoingBody(request, model.servedName, decision.clippedOutput, salt),
      requestId: record.correlationId ?? record.requestId,
      headers: traceHeaders(req.headers),
    },
    shape: {
      kind: request.kind,
      stream: request.stream,
      wantsUsage: request.wantsUsage,
      wantsContinuousUsage: request.wantsContinuousUsage,
      modelAlias: request.model === model.servedName ? null : request.model || model.id,
    },
    events: {
      firstToken: () => {
        record.firstTokenMs ??= performance.now();
        lease.firstToken();
        held.letGo();
      },
      progress: (tokens) => {
        // The worker's usage, where it comes, replaces this.
        record.completionTokens = (record.completionTokens ?? 0) + tokens;
        lease.progress(tokens);
      },
    },
    signal: lease.lost,
  };
}

function leaseOutcome(outcome: LegOutcome): LeaseOutcome {
  switch (outcome.kind) {
    case 'finished':
      return 'finished';
    case 'retry':
    case 'broken':
      return outcome.lease;
    case 'rejected':
      return 'rejected';
    case 'client-closed':
      return 'client-closed';
  }
}
