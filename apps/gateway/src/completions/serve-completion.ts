// The whole way of one completion, top to bottom. Free steps come before dear ones; every way to be refused is a Fault
// thrown on this page or by the step it calls; whatever was taken is given back in `finally`, next to where it was taken.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULTS, Fault } from '#protocol';
import { Answer, type AnswerOptions } from '#relay';
import { chooseRoute, type Dispatch, type Route } from '#routing';
import { newRequestRecord, type RequestRecord } from '#telemetry';
import { admitCaller } from '../http/admit-caller.ts';
import { readBody } from '../http/read-body.ts';
import { newRequestId, saneRequestId } from '../http/request-id.ts';
import { charge } from './charge.ts';
import { Exchange } from './exchange.ts';
import { holdLimits } from './hold-limits.ts';
import { noteDemand, noteOutcome, noteRoute } from './note-record.ts';
import { type Prepared, prepare } from './prepare.ts';
import { setRouteHeaders } from './route-headers.ts';
import { routeQuery } from './route-query.ts';
import { runLeg } from './run-leg.ts';
import type { ServePorts } from './serve-ports.ts';
import { takeLease } from './take-lease.ts';
import { tellKnown } from './tell-known.ts';
import { toFault } from './to-fault.ts';
import { waitForRoom } from './wait-for-room.ts';
import { writeIntent } from './write-intent.ts';

/** A request that so many workers died holding is never sent again: it may be what kills them (decision R4). */
const DEATHS_MOST = 2;
const KILLER = 'Two workers failed while they held this request; it is not sent to a third.';

export class ServeCompletion {
  readonly #ports: ServePorts;
  readonly #answerOptions: AnswerOptions;
  #turn = 0;

  constructor(ports: ServePorts) {
    this.#ports = ports;
    const { lifecycle, settings } = ports;
    const ends = { isLeaving: () => lifecycle.isLeaving, isDraining: () => lifecycle.isDraining };
    this.#answerOptions = { ...settings.relay, ...ends };
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
      charge(exchange, this.#ports); //                                       9 charge what was used
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
      const prepared = await prepare(exchange, admitted, body, this.#ports); // 2-4 what, of which model, how long?
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

  /** Chooses a route, waits where there is no room, and tries workers until one has begun to answer. */
  async #carry(exchange: Exchange, prepared: Prepared): Promise<void> {
    const { answer, record } = exchange;
    const { fleet, retryBudget, settings } = this.#ports;
    const excluded: string[] = [];
    let lastFault: Fault | null = null;
    let deaths = 0;
    retryBudget.request();
    for (;;) {
      exchange.throwIfCut();
      const route = this.#route(exchange, prepared, excluded); //             5 which pool, which workers?
      if (route.kind === 'wait' && route.exhausted && lastFault) throw lastFault;
      const mayGo = route.kind === 'dispatch' && !this.#isBehind(route, record);
      const holding = holdLimits(mayGo ? 'running' : 'parked', route, exchange); // 6 may they spend that now?
      if (holding) await holding;
      const intending = mayGo ? writeIntent(exchange, this.#ports) : null;
      if (intending) await intending;
      // Time passes while others are asked: then the route is chosen anew, on the fleet as it is by then.
      if (holding || intending) continue;
      const taken = mayGo ? takeLease(route, prepared, fleet) : null;
      if (!taken) {
        await waitForRoom(route, exchange, prepared, this.#ports); //         7 wait for room, bounded
        continue;
      }
      const outcome = await runLeg(taken, exchange, prepared, this.#ports); // 8 carry the answer back
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

  /** Where it goes, or would if there were room; throws the Fault that says why it can go nowhere. */
  #route(exchange: Exchange, prepared: Prepared, excluded: readonly string[]): Route {
    const { answer, record } = exchange;
    const { fleet, gateways } = this.#ports;
    record.steps.enter('route');
    const now = { waitedMs: record.queueMs, excluded, tieBreak: this.#turn++, gateways: gateways() };
    const query = routeQuery(prepared.held.request, prepared, now);
    const decision = chooseRoute(query, fleet.snapshot(), prepared.model.policy);
    if (decision.demand) noteDemand(record, decision.demand);
    record.pools = decision.pools;
    setRouteHeaders(answer.headers, decision);
    if (decision.kind === 'refuse') throw decision.fault;
    noteRoute(record, decision);
    return decision;
  }

  /** Others wait in line for this pool, and this one has only just come. */
  #isBehind({ pool }: Dispatch, { queueMs, attempts }: RequestRecord): boolean {
    return queueMs === 0 && attempts === 0 && this.#ports.fleet.waitingFor(pool.name) > 0;
  }
}
