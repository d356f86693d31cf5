// The whole way of one completion, top to bottom. Free steps come before dear ones; every way to be refused is a Fault
// thrown on this page or by the step it calls; whatever was taken is given back in `finally`, next to where it was taken.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateCharge } from '#limits';
import { FAULTS, Fault, parseCompletion } from '#protocol';
import { Answer, type AnswerOptions, carryLeg, type LegInput, type LegOutcome } from '#relay';
import { chooseRoute, type RouteDecision, type RouteScope } from '#routing';
import { newRequestRecord, type RequestRecord } from '#telemetry';
import type { Caller } from '#tenancy';
import type { Lease, LeaseOutcome } from '#workers';
import { type Admitted, admitCaller } from '../http/admit-caller.ts';
import { gatewayDraining } from '../http/gateway-draining.ts';
import { type HeldBody, readBody } from '../http/read-body.ts';
import { newRequestId, saneRequestId } from '../http/request-id.ts';
import type { ServedModel } from '../models/served-model.ts';
import type { ParkedPlace } from '../parking/parked-place.ts';
import type { SentDemand } from '../parking/sent-demand.ts';
import type { Wish } from '../parking/wish.ts';
import { cacheSalt } from './cache-salt.ts';
import { Exchange } from './exchange.ts';
import { HeldRequest } from './held-request.ts';
import { outputTold, refuseOutOfScope, routeScope } from './key-scopes.ts';
import { largestWindow } from './largest-window.ts';
import { type Measured, measure } from './measure.ts';
import { noteDemand, noteGivenUp, noteOutcome, noteRoute, noteUsage } from './note-record.ts';
import { outgoingBody } from './outgoing-body.ts';
import { setRouteHeaders } from './route-headers.ts';
import { pinnedPool, routeQuery } from './route-query.ts';
import type { ServePorts } from './serve-ports.ts';
import { Spending, type SpendingPorts } from './spending.ts';
import { tellKnown } from './tell-known.ts';
import { tellWait, wishOf } from './tell-wait.ts';
import { toFault } from './to-fault.ts';
import { traceHeaders } from './trace-headers.ts';
import { attemptOf, intentOf, rowOf, startedAtMs, usedBy } from './usage-row.ts';

type Dispatch = Extract<RouteDecision, { kind: 'dispatch' }>;
type Wait = Extract<RouteDecision, { kind: 'wait' }>;

/** A request that so many workers died holding is never sent again: it may be what kills them (decision R4). */
const DEATHS_MOST = 2;
const KILLER = 'Two workers failed while they held this request; it is not sent to a third.';

/** What the steps before the reservation have found out. */
interface Prepared {
  readonly held: HeldRequest;
  readonly model: ServedModel;
  readonly salt: string | null;
  readonly measured: Measured;
  readonly scope: RouteScope | null;
  /** The most the key may ask for; sent to the worker where the request states none. */
  readonly maxOutput: number | null;
}

export class ServeCompletion {
  readonly #ports: ServePorts;
  readonly #answerOptions: AnswerOptions;
  readonly #spendingPorts: SpendingPorts;
  #turn = 0;

  constructor(ports: ServePorts) {
    this.#ports = ports;
    const { lifecycle } = ports;
    const ends = { isLeaving: () => lifecycle.isLeaving, isDraining: () => lifecycle.isDraining };
    this.#answerOptions = { ...ports.settings.relay, ...ends };
    this.#spendingPorts = {
      limiter: ports.limiter,
      pricing: ports.pricing,
      outputEstimate: ports.outputEstimate,
      unstatedOutputTokens: ports.settings.unstatedOutputTokens,
      largestWindowTokens: () => largestWindow(ports.fleet),
    };
  }

  /** Answers one request on the raw response. Never throws; resolves once the answer is recorded. */
  async serve(kind: 'chat' | 'text', req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { lifecycle, liveAnswers, telemetry } = this.#ports;
    const record = newRequestRecord(newRequestId(), kind, performance.now());
    record.correlationId = saneRequestId(req.headers['x-request-id']);
    const answer = new Answer(req, res, this.#answerOptions);
    answer.headers['x-request-id'] = record.correlationId ?? record.requestId;
    const exchange = new Exchange(kind, req, answer, record);
    record.tried = exchange.attempts;
    telemetry.begin(record, req.headers);
    lifecycle.begin();
    liveAnswers.add(exchange);
    try {
      await this.#answer(exchange);
    } catch (error) {
      const fault = toFault(error);
      noteOutcome(record, { kind: 'faulted', fault });
      // What is left of a refused body is not read: the connection cannot go on.
      if (!exchange.hasBody && !req.complete) answer.headers.connection = 'close';
      if (exchange.caller && !answer.isCommitted) tellKnown(answer.headers, exchange.caller, this.#ports);
      answer.fail(fault);
    } finally {
      liveAnswers.delete(exchange);
      // Running until its last byte is out: a drain must not cut the tail of an answer that a slow client still reads.
      answer.onClosed(() => lifecycle.end());
      record.endedMs = performance.now();
      record.steps.enter('charge', record.endedMs);
      record.status = res.headersSent ? res.statusCode : FAULTS.client_closed.status;
      this.#charge(exchange); //                                              9 charge what was used
      telemetry.record(record); //                                           10 remember it
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { kind, req, answer, record } = exchange;
    const { settings, bodies, parking, telemetry } = this.#ports;
    const knock = { req, endpoint: kind, headers: answer.headers, record, willReserve: true };
    const asked = admitCaller(knock, this.#ports); //                         1 who asks, and how often?
    const admitted = asked instanceof Promise ? await asked : asked;
    exchange.caller = admitted.caller;
    exchange.later = admitted.later;
    record.steps.enter('read');
    const body = await readBody(req, settings.body, bodies);
    exchange.hasBody = true;
    try {
      const prepared = await this.#prepare(exchange, admitted, body); //      2-4 what, of which model, how long?
      const streams = record.stream ? 1 : 0;
      if (record.stream) answer.startHeartbeats();
      telemetry.inFlight.streams += streams;
      try {
        await this.#carry(exchange, prepared); //                             5-8 where to; carry it there and back
      } finally {
        telemetry.inFlight.streams -= streams;
      }
    } finally {
      if (exchange.place) parking.leave(exchange.place);
      body.release();
    }
  }

  async #prepare(
    exchange: Exchange,
    { caller, taken, takenAtMs, later }: Admitted,
    body: HeldBody,
  ): Promise<Prepared> {
    const { kind, answer, record } = exchange;
    const { models, fleet } = this.#ports;
    record.bodyBytes = body.bytes.length;
    const readMs = performance.now();
    record.bodyReadMs = readMs - record.startedMs;
    record.steps.enter('parse', readMs);
    const request = parseCompletion(kind, body.bytes, models.parseRules(caller)); // 2 what do they ask?
    const model = models.require(request.model, caller); //                          3 what does this model want?
    record.model = model.id;
    const salt = cacheSalt(request, model, caller.tenant);
    const started = performance.now();
    record.steps.enter('count', started);
    const counted = measure(request, model, { fleet, signal: answer.left, salt }); // 4 how long is it?
    const measured = counted instanceof Promise ? await counted : counted;
    record.countMs = performance.now() - started;
    record.promptTokens = measured.promptTokens;
    record.stream = request.stream;
    refuseOutOfScope(request, measured, caller);
    exchange.throwIfCut();
    exchange.chargedTokens = measured.chargedTokens;
    exchange.spending = new Spending(this.#spendingPorts, {
      requestId: record.requestId,
      caller,
      model: model.id,
      measured,
      taken,
      takenAtMs,
      later,
      startedMs: record.startedMs,
      headers: answer.headers,
      onExhausted: (fault) => exchange.cut(fault),
    });
    const scope = routeScope(caller);
    return {
      held: new HeldRequest(request, body),
      model,
      salt,
      measured,
      scope,
      maxOutput: caller.scopes.maxOutputTokens,
    };
  }

  /** Chooses a route, waits where there is no room, and tries workers until one has begun to answer. */
  async #carry(exchange: Exchange, prepared: Prepared): Promise<void> {
    const { req, answer, record } = exchange;
    const { fleet, retryBudget, settings } = this.#ports;
    const { held, model, measured, scope } = prepared;
    const pinned = pinnedPool(req.headers['x-ropeway-pool']);
    const excluded: string[] = [];
    let lastFault: Fault | null = null;
    let deaths = 0;
    retryBudget.request();
    for (;;) {
      exchange.throwIfCut();
      const { request } = held;
      const question = {
        request,
        model,
        measured,
        pinned,
        scope,
        waitedMs: record.queueMs,
        excluded,
        tieBreak: this.#turn++,
        gateways: this.#ports.gateways(),
      };
      record.steps.enter('route');
      const decision = chooseRoute(routeQuery(question), fleet.snapshot(), model.policy); // 5 which pool, which workers?
      if (decision.demand) noteDemand(record, decision.demand);
      record.pools = decision.pools;
      setRouteHeaders(answer.headers, decision);
      if (decision.kind === 'refuse') throw decision.fault;
      noteRoute(record, decision);
      if (decision.kind === 'wait' && decision.exhausted && lastFault) throw lastFault;
      const mayGo = decision.kind === 'dispatch' && !this.#isBehind(decision, record);
      const holding = this.#hold(mayGo ? 'running' : 'parked', decision, exchange); // 6 may they spend that now?
      if (holding) await holding;
      const intending = mayGo ? this.#intend(exchange) : null;
      if (intending) await intending;
      // Time passes while others are asked: then the route is chosen anew, on the fleet as it is by then.
      if (holding || intending) continue;
      const taken = mayGo ? this.#lease(decision, prepared) : null;
      if (decision.kind === 'wait' || !taken) {
        await this.#waitForRoom(decision, exchange, prepared); //                        7 wait for room, bounded
        continue;
      }
      const outcome = await this.#leg(taken, exchange, prepared, decision); //           8 carry the answer back
      if (outcome.kind !== 'retry') {
        noteOutcome(record, outcome);
        if (outcome.kind === 'rejected' || outcome.kind === 'broken') answer.fail(outcome.fault);
        return;
      }
      lastFault = outcome.fault;
      excluded.push(taken.lease.worker.id);
      if (outcome.died) deaths++;
      if (deaths >= DEATHS_MOST) throw new Fault('worker_failed', { message: KILLER, cause: lastFault });
      if (excluded.length > settings.maxRetries || !retryBudget.tryRetry()) throw lastFault;
    }
  }

  /** null: nothing to wait for. Throws or rejects with the Fault of a limit. */
  #hold(
    phase: 'running' | 'parked',
    { demand, pool }: Dispatch | Wait,
    { spending, record }: Exchange,
  ): Promise<void> | null {
    const going = { phase, pool: pool.name, demand };
    if (spending === null || spending.holds(going)) return null;
    record.steps.enter('reserve');
    return spending.hold(going);
  }

  /** The ledger's intent is on disk before a worker hears of the request (decisions G1). null: it is, or none is kept. */
  #intend(exchange: Exchange): Promise<void> | null {
    const { ledger, pricing } = this.#ports;
    const { caller, record } = exchange;
    if (ledger === null || exchange.ledger !== null || caller === null) return null;
    record.steps.enter('intend');
    const startedMs = startedAtMs(record);
    const intent = intentOf(exchange, caller, pricing, startedMs);
    return ledger.open(intent).then((entry) => {
      if (entry === 'full') throw new Fault('ledger_full', { retryAfterMs: 5_000 });
      exchange.ledger = { intent, entry, startedMs };
    });
  }

  /** Sets limits to what was used and writes the ledger's row. Never throws, waits for nothing. */
  #charge(exchange: Exchange): void {
    const { caller, later, spending, ledger, record, chargedTokens } = exchange;
    if (caller !== null && later.length > 0 && !spending?.hasAsked) this.#takeLate(caller, later);
    if (spending === null) return;
    const used = usedBy(record, chargedTokens);
    spending.settle(used);
    ledger?.entry.close(rowOf(ledger, exchange, used, this.#ports.pricing));
  }

  /** What ended before its reservation was a request all the same. */
  #takeLate(caller: Caller, later: readonly RateCharge[]): void {
    const { limiter } = this.#ports;
    limiter.askingLater(caller, later);
    void limiter.take(caller, later);
  }

  /** Others wait in line for this pool, and this one has only just come. */
  #isBehind({ pool }: Dispatch, { queueMs, attempts }: RequestRecord): boolean {
    return queueMs === 0 && attempts === 0 && this.#ports.fleet.waitingFor(pool.name) > 0;
  }

  /** Waits for room where the decision says it would help; for a place taken meanwhile, in the pool that had it. */
  async #waitForRoom(decision: Wait | Dispatch, exchange: Exchange, prepared: Prepared): Promise<void> {
    const { answer, record } = exchange;
    const { fleet, telemetry } = this.#ports;
    await this.#hold('parked', decision, exchange);
    // Either may have happened meanwhile; what ends the wait below would then be over, and nobody would wait there.
    exchange.throwIfCut();
    if (answer.hasLeft) throw new Fault('client_closed');
    const wish = wishOf(decision, record.queueMs);
    const { place, leftMs } = this.#park(wish, exchange, kvTokensOf(decision, prepared));
    const askAgainMs = decision.kind === 'wait' ? decision.askAgainMs : null;
    const started = performance.now();
    record.steps.enter('wait', started);
    // Its own controller and timer, not AbortSignal.any: a thousand waiters are woken often, and each would leave some behind.
    const until = new AbortController();
    const onLeft = () => until.abort();
    const timer = setTimeout(onLeft, Math.min(leftMs, askAgainMs ?? leftMs));
    answer.left.addEventListener('abort', onLeft);
    exchange.stopWaiting = onLeft;
    place.wake = onLeft;
    telemetry.inFlight.waiting++;
    try {
      if (!(await fleet.waitForRoom(wish.waitFor, until.signal, record))) throw gatewayDraining();
    } catch (error) {
      if (answer.hasLeft) throw new Fault('client_closed');
      if (!until.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      exchange.stopWaiting = null;
      place.wake = null;
      answer.left.removeEventListener('abort', onLeft);
      telemetry.inFlight.waiting--;
      record.queueMs += performance.now() - started;
    }
  }

  /** A place among those that wait, and for how long; throws the Fault that says why there is none, or none any more. */
  #park(wish: Wish, exchange: Exchange, demandTokens: number): { place: ParkedPlace; leftMs: number } {
    const { parking, lifecycle, telemetry } = this.#ports;
    const { answer, record, caller, chargedTokens: promptTokens } = exchange;
    // A stream whose head is out finishes here; whoever has heard nothing is better off elsewhere.
    if (lifecycle.isDraining && !answer.isCommitted) throw gatewayDraining();
    const size = { promptTokens, demandTokens, bodyBytes: record.bodyBytes };
    exchange.place ??= parking.newPlace(size, caller?.tenant ?? '');
    const parked = parking.park(exchange.place, wish);
    tellWait(exchange, parked, () => parking.whyWaiting(wish.need.name));
    if (!parked.isGranted) throw parked.fault;
    if (parked.isCold) telemetry.waitsCold(record);
    return { place: exchange.place, leftMs: parked.leftMs };
  }

  /** null when the places were taken since the decision. */
  #lease(decision: Dispatch, prepared: Prepared): Taken | null {
    const { chargedTokens: promptTokens, chain } = prepared.measured;
    const demandTokens = kvTokensOf(decision, prepared);
    for (const { worker, uncachedTokens } of decision.workers) {
      const lease = this.#ports.fleet.lease(worker.id, { promptTokens, uncachedTokens, demandTokens, chain });
      if (lease) return { lease, uncachedTokens };
    }
    return null;
  }

  async #leg(taken: Taken, exchange: Exchange, prepared: Prepared, decision: Dispatch): Promise<LegOutcome> {
    const { answer, record } = exchange;
    const { lease } = taken;
    const sent = this.#ports.parking.send(decision.need, taken.uncachedTokens, exchange.place);
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
      const { client, settings } = this.#ports;
      const input = legInput({ lease, sent }, exchange, prepared, decision);
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
      exchange.attempts.push(attemptOf(record, decision.pool.name, how));
    }
  }
}

/** A place on a worker, and what the worker will have to compute. */
interface Taken {
  readonly lease: Lease;
  readonly uncachedTokens: number;
}

/** KV tokens the request may come to hold. */
function kvTokensOf({ demand }: Dispatch | Wait, { measured }: Prepared): number {
  return measured.chargedTokens + demand.outputBudget * measured.answers;
}

/** A value on its own, so that nothing but the relay holds the body while the answer runs. */
function legInput(
  { lease, sent }: { readonly lease: Lease; readonly sent: SentDemand },
  exchange: Exchange,
  prepared: Prepared,
  decision: Dispatch,
): LegInput {
  const { req, record, caller, spending, ledger } = exchange;
  const { held, model, salt } = prepared;
  const { request } = held;
  return {
    endpoint: lease.endpoint,
    request: {
      path: request.kind === 'chat' ? '/v1/chat/completions' : '/v1/completions',
      body: outgoingBody(request, model.servedName, outputTold(prepared, decision), salt),
      requestId: record.correlationId ?? record.requestId,
      headers:
        record.trace?.startAttempt({ worker: lease.worker.id, pool: decision.pool.name }) ??
        traceHeaders(req.headers),
    },
    shape: {
      kind: request.kind,
      stream: request.stream,
      wantsUsage: request.wantsUsage,
      wantsContinuousUsage: request.wantsContinuousUsage,
      modelAlias: request.model === model.servedName ? null : request.model || model.id,
      mayRunOut: caller?.isPrepaid ?? false,
    },
    events: {
      firstToken: () => {
        record.firstTokenMs ??= performance.now();
        lease.firstToken();
        sent.firstToken();
        held.letGo();
      },
      progress: (tokens) => {
        // The worker's usage, where it comes, replaces this.
        const outputTokens = (record.completionTokens ?? 0) + tokens;
        record.completionTokens = outputTokens;
        lease.progress(tokens);
        spending?.meter(outputTokens);
        ledger?.entry.meter(outputTokens);
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
      return outcome.lease ?? 'rejected';
    case 'client-closed':
      return 'client-closed';
  }
}
